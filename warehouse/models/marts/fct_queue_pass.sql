SELECT
    c.pbx || ':' || c.call_uniqueid AS call_id,
    c.pbx,
    c.company_id,
    c.direction,
    p.queue,
    CASE WHEN p.outcome = 'open' AND NOT c.is_without_cdr THEN 'lost' ELSE p.outcome END AS outcome,
    CAST(c.local_started_at AS DATE) AS started_on,
    c.utc_on,
    p.entered_at,
    p.connected_at,
    p.ended_at,
    p.closing_event,
    p.operator,
    if(len(p.rung_operators) > 1, list_sort(list_distinct(p.rung_operators)), p.rung_operators) AS rung_operators,
    p.count_ring_no_answer::INTEGER AS count_ring_no_answer,
    p.wait_seconds,
    CASE WHEN l.billsec IS NULL THEN p.talk_seconds ELSE least(p.talk_seconds, l.billsec) END AS talk_seconds,
    l.billsec < p.talk_seconds AS is_talk_capped,
    p.is_answered
FROM int_queue_pass AS p
JOIN int_company_call AS c USING (call_key)
LEFT JOIN (SELECT * FROM int_local_leg WHERE leg_number = 1) AS l USING (call_key, pass_key)

-- One row per call: its passes, its legs and what the dial plan said, side by side. No Company yet.
CREATE OR REPLACE TEMP VIEW int_call AS
WITH pass AS (
    SELECT p.call_key,
        count(*) AS count_passes,
        count(*) FILTER (p.is_answered) AS count_answered_passes,
        count(*) FILTER (p.closing_event IN ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER')) AS count_transfers,
        min(p.entered_at) AS entered_at,
        arg_min(p.queue, p.pass_key) AS first_queue,
        arg_min(p.number, p.pass_key) FILTER (p.number <> '') AS number,
        min(p.connected_at) AS connected_at,
        arg_min(p.operator, p.pass_key) FILTER (p.is_answered) AS operator,
        arg_max(p.outcome, p.pass_key) AS last_outcome,
        max(p.ended_at) AS ended_at,
        sum(if(l.billsec IS NULL, p.talk_seconds, least(p.talk_seconds, l.billsec))) AS talk_seconds,
        bool_and(NOT p.is_answered OR p.talk_seconds IS NOT NULL) AS is_talk_known,
        bool_or(p.is_open) AS is_open,
        min(p.first_event_at) AS first_event_at,
        max(p.last_event_at) AS last_event_at
    FROM int_queue_pass AS p
    LEFT JOIN (SELECT * FROM int_local_leg WHERE leg_number = 1) AS l USING (call_key, pass_key)
    GROUP BY p.call_key
),
direct AS (
    SELECT call_key, count(*) AS count_direct_legs, sum(talk_seconds) AS talk_seconds,
        arg_min(interface, answered_at) AS interface
    FROM int_direct_leg
    GROUP BY call_key
),
told AS (
    SELECT coalesce(m.call_key, t.channel_key) AS call_key,
        arg_min(t.hint, hint_rank(t.hint)) AS hint, min(t.did) AS did, min(t.queue) AS queue, bool_or(t.is_outcall) AS is_outcall,
        bool_or(t.is_outcall_answered) AS is_outcall_answered, sum(t.outcall_talk_seconds) AS outcall_talk_seconds,
        min(t.outcall_operator) AS outcall_operator, min(t.first_event_at) AS first_event_at,
        max(t.last_event_at) AS last_event_at
    FROM int_told AS t
    LEFT JOIN int_member AS m USING (channel_key)
    GROUP BY ALL
)
SELECT
    call_key, s.pbx, s.uniqueid AS call_uniqueid,
    least(l.started_at, p.first_event_at, t.first_event_at) AS first_event_at,
    greatest(l.last_started_at, p.last_event_at, t.last_event_at) AS last_event_at,
    least(l.started_at, p.entered_at, p.first_event_at, t.first_event_at) AS started_at,
    greatest(l.ended_at, p.ended_at) AS ended_at,
    CASE
        WHEN l.first_from = 'trunk' THEN 'incoming'
        WHEN l.has_trunk_leg AND l.first_from <> 'local half' THEN 'outgoing'
        WHEN l.started_at IS NOT NULL THEN 'internal'
        WHEN p.entered_at IS NULL AND t.is_outcall THEN 'outgoing'
        WHEN NOT b.has_cdr AND list_contains(getvariable('extensions'), p.number) THEN 'internal'
        ELSE 'incoming'
    END AS direction,
    l.started_at IS NULL AS is_without_cdr,
    coalesce(p.count_passes, 0) AS count_passes,
    coalesce(p.count_answered_passes, 0) + coalesce(d.count_direct_legs, 0) AS count_answers,
    coalesce(p.count_transfers, 0) AS count_transfers,
    coalesce(p.first_queue, t.queue) AS first_queue,
    p.entered_at,
    p.connected_at,
    p.ended_at AS passes_ended_at,
    p.last_outcome,
    coalesce(p.is_open, FALSE) AS has_open_pass,
    coalesce(p.talk_seconds + d.talk_seconds, p.talk_seconds, d.talk_seconds) AS operator_talk_seconds,
    coalesce(p.is_talk_known, TRUE) AS is_operator_talk_known,
    coalesce(if(l.first_from = 'trunk', l.first_src, NULL), p.number) AS caller_number,
    l.first_called AS first_dst,
    t.did AS told_did,
    l.account_code,
    coalesce(p.operator, d.interface, t.outcall_operator) AS answering_operator,
    regexp_replace(l.operator_channel, '-[0-9a-f]{8,}(;[12])?$', '') AS first_interface,
    coalesce(l.has_trunk_leg, FALSE) AS has_trunk_leg,
    l.customer_number,
    coalesce(l.is_customer_answered, t.is_outcall_answered, FALSE) AS is_customer_answered,
    if(l.started_at IS NULL, t.outcall_talk_seconds, l.customer_talk_seconds)::INTEGER AS customer_talk_seconds,
    coalesce(l.is_marked_callback OR l.has_local_channel OR l.first_src = l.customer_number, FALSE) AS is_operator_first,
    coalesce(l.is_pbx_answered, FALSE) AS is_pbx_answered,
    coalesce(l.has_operator_leg, FALSE) AS has_operator_leg,
    if(hint_rank(l.hint) < hint_rank(t.hint), l.hint, coalesce(t.hint, l.hint)) AS hint
FROM pass AS p
FULL JOIN int_call_leg AS l USING (call_key)
FULL JOIN told AS t USING (call_key)
LEFT JOIN direct AS d USING (call_key)
JOIN int_scope AS s ON s.channel_key = call_key
LEFT JOIN setting_pbx AS b ON b.pbx = s.pbx

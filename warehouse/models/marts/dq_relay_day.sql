-- Only calls between a PBX's first and last fact: outside, the relay did not run, or its facts are still to come.
WITH told AS (
    SELECT pbx, min(happened_at) AS first_at, max(happened_at) AS last_at
    FROM stg_relay_facts
    GROUP BY pbx
),
seen AS (
    SELECT call_id, bool_or(kind = 'callback_asked') AS is_asked, bool_or(kind = 'served_by_ivr') AS is_served
    FROM stg_relay_facts
    GROUP BY call_id
),
call AS (
    SELECT c.company_id, c.started_on, s.call_id IS NULL AS is_unseen,
        c.is_queued OR c.is_answered OR c.outcome IN ('no_answer_direct', 'callback_asked') AS is_for_relay,
        coalesce(CASE
            WHEN s.is_asked THEN c.outcome NOT IN ('answered', 'callback_asked', 'open')
            WHEN s.is_served THEN c.outcome IN ('closed', 'ivr', 'ended_before_queue')
        END, FALSE) AS is_untold
    FROM marts.fct_call AS c
    JOIN told AS t ON t.pbx = c.pbx AND c.started_at >= t.first_at AND c.last_event_at <= t.last_at
    LEFT JOIN seen AS s USING (call_id)
    WHERE c.direction = 'incoming'
)
SELECT company_id, started_on,
    count(*) FILTER (is_for_relay)::BIGINT AS count_calls,
    count(*) FILTER (is_for_relay AND is_unseen)::BIGINT AS count_unseen,
    count(*) FILTER (is_untold)::BIGINT AS count_untold
FROM call
WHERE is_for_relay OR is_untold
GROUP BY ALL

-- Only calls between a PBX's first and last fact: outside, the relay did not run, or its facts are still to come.
WITH told AS (
    SELECT pbx, min(happened_at) AS first_at, max(happened_at) AS last_at
    FROM stg_relay_facts
    GROUP BY pbx
)
SELECT c.company_id, c.started_on, count(*)::BIGINT AS count_calls,
    count(*) FILTER (c.call_id NOT IN (SELECT call_id FROM stg_relay_facts))::BIGINT AS count_unseen
FROM marts.fct_call AS c
JOIN told AS t ON t.pbx = c.pbx AND c.started_at >= t.first_at AND c.last_event_at <= t.last_at
WHERE c.direction = 'incoming' AND (c.is_queued OR c.is_answered OR c.outcome IN ('no_answer_direct', 'callback_asked'))
GROUP BY ALL

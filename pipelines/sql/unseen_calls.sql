-- Calls that the relay may have missed: those of callers that nobody answered, and of callers who wait, those in which
-- they were served. None from before the PBX's first fact: the relay was not there yet.
WITH rule AS (
    SELECT unnest($companies) AS company_id, unnest($expire_hours) AS expire_hours, unnest($out_of_hours) AS out_of_hours
),
told AS (
    SELECT pbx, min(happened_at) AS first_at FROM stg_relay_facts GROUP BY pbx
),
call AS (
    SELECT c.*, coalesce(c.ended_at, c.last_event_at) AS over_at, r.out_of_hours,
        CASE
            WHEN c.direction = 'outgoing' THEN if(c.is_successful, 'reached', NULL)
            WHEN c.direction <> 'incoming' THEN NULL
            WHEN c.is_answered THEN 'answered'
            WHEN c.outcome = 'callback_asked' THEN 'asked'
            WHEN c.outcome = 'no_answer_direct' THEN 'not_answered'
            WHEN c.outcome IN ('abandoned', 'timeout', 'queue_refused') THEN c.outcome
            WHEN c.outcome = 'closed' AND r.out_of_hours THEN 'closed'
            WHEN c.outcome IN ('empty', 'key', 'withdrawn') THEN 'left_queue'
            WHEN c.outcome = 'lost' THEN 'unknown'
        END AS word
    FROM marts.fct_call AS c
    JOIN rule AS r USING (company_id)
    JOIN told AS t ON t.pbx = c.pbx AND c.started_at >= t.first_at
    WHERE c.utc_on >= CAST($now AS DATE) - INTERVAL 62 DAY
        AND coalesce(c.ended_at, c.last_event_at) > $now - to_hours(r.expire_hours)
        -- Without its CDR it may go on in the dial plan.
        AND (NOT c.is_without_cdr OR c.last_event_at <= $now - INTERVAL 10 MINUTE)
),
missed AS (
    SELECT * FROM call
    WHERE word NOT IN ('reached', 'answered')
        AND call_id NOT IN (SELECT call_id FROM stg_relay_facts WHERE kind IN ('missed', 'answered', 'callback_asked'))
),
waiting AS (
    SELECT company_id, caller_key, min(since) AS since
    FROM (
        SELECT company_id, caller_key, started_at AS since FROM missed
        UNION ALL
        SELECT company_id, caller_key, opened_at - INTERVAL 1 DAY FROM marts.fct_callback WHERE outcome = 'open'
    )
    WHERE caller_key IS NOT NULL
    GROUP BY ALL
),
served AS (
    SELECT c.* FROM call AS c
    JOIN waiting AS w USING (company_id, caller_key)
    WHERE c.word IN ('reached', 'answered') AND c.over_at >= w.since
        AND c.call_id NOT IN (SELECT call_id FROM stg_relay_facts WHERE kind = 'answered')
)
SELECT call_id, pbx, company_id, if(word IN ('reached', 'answered'), word, 'missed') AS outcome,
    if(word IN ('reached', 'answered'), 'unknown', word) AS reason,
    if(direction = 'incoming', queue, NULL) AS queue, coalesce(did, '') AS did, started_at, over_at,
    -- A wait ends with the answer, a talk with the call.
    CASE
        WHEN word = 'answered' THEN least(over_at, started_at + to_seconds(coalesce(wait_seconds, 0)))
        WHEN word = 'reached' THEN greatest(started_at, over_at - to_seconds(coalesce(talk_seconds, 0)))
    END AS answered_at,
    CAST(caller_key AS VARCHAR) AS caller_key,
    if(word IN ('reached', 'answered'), operator, NULL) AS operator
FROM (FROM missed UNION ALL FROM served)
ORDER BY company_id, caller_key, over_at, call_id
LIMIT $most

-- A page of the calls behind a figure, oldest first, and how many there are in all. Of the numbers reached, only those of
-- the settings are in clear: a dial plan may have put another there.
WITH offered AS (
    SELECT DISTINCT call_id
    FROM fct_queue_pass
    WHERE company_id = $company AND started_on >= $first AND started_on < $until AND direction = 'incoming'
        AND ($queue IS NULL OR queue = $queue)
        AND ($operator IS NULL OR operator = $operator OR list_contains(rung_operators, $operator))
        AND ($queue IS NOT NULL OR $operator IS NOT NULL)
),

wanted AS (
    SELECT call_id, started_at
    FROM fct_call
    WHERE company_id = $company AND started_on >= $first AND started_on < $until
        AND CASE $list
            WHEN 'all' THEN direction <> 'internal'
            WHEN 'incoming' THEN direction = 'incoming'
            WHEN 'queued' THEN is_queued
            WHEN 'answered' THEN is_answered
            WHEN 'not_answered' THEN direction = 'incoming' AND NOT is_answered
            WHEN 'outgoing' THEN direction = 'outgoing'
            WHEN 'successful' THEN is_successful
            WHEN 'within' THEN is_within_service_level
            WHEN 'short' THEN is_abandoned_short
            WHEN 'hidden' THEN direction = 'incoming' AND caller_key IS NULL
            WHEN 'transferred' THEN direction = 'incoming' AND count_transfers > 0
            ELSE direction = 'incoming' AND outcome = $list
        END
        AND (($queue IS NULL AND $operator IS NULL) OR call_id IN (SELECT call_id FROM offered))
        AND ($hours IS NULL OR list_contains($hours, hour_at))
),

page AS (
    SELECT call_id, started_at
    FROM wanted
    WHERE $after_at IS NULL OR (started_at, call_id) > ($after_at, $after_call)
    ORDER BY started_at, call_id
    LIMIT $limit
)

SELECT
    c.call_id, c.company_id, c.direction, c.outcome, c.started_at, c.ended_at, c.queue,
    if(c.did IN (SELECT value FROM dim_mapping WHERE kind = 'did'), c.did, regexp_replace(c.did, '\d{5,}(\d{2})', '***\1'))
        AS did,
    c.operator, c.caller_masked, c.count_passes, c.count_transfers, c.wait_seconds, c.talk_seconds,
    c.is_abandoned_short, c.is_talk_upper_bound,
    (SELECT count(*) FROM wanted)::BIGINT AS in_all
FROM fct_call AS c
WHERE c.call_id IN (SELECT call_id FROM page)
    AND c.company_id = $company AND c.started_on >= $first AND c.started_on < $until
ORDER BY c.started_at, c.call_id

SELECT
    pbx,
    logged_at,
    CAST(logged_at AS DATE) AS utc_on,
    if(queue = 'NONE', NULL, queue) AS queue,
    operator,
    event,
    nullif(detail, '') AS reason
FROM int_event
WHERE kind = 'state' AND operator IS NOT NULL
    AND logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')

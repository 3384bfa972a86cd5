SELECT
    pbx,
    logged_at,
    CAST(logged_at AS DATE) AS utc_on,
    if(queue = 'NONE', NULL, queue) AS queue,
    coalesce(getvariable('operators')[agent], regexp_replace(agent, '\d{5,}(\d{2})', '***\1')) AS operator,
    event,
    nullif(detail, '') AS reason
FROM int_event
WHERE kind = 'state' AND agent NOT IN ('', 'NONE')
    AND logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')

SELECT
    pbx,
    logged_at,
    CAST(logged_at AS DATE) AS utc_on,
    if(queue = 'NONE', NULL, queue) AS queue,
    coalesce(getvariable('operators')[agent], regexp_replace(agent, '\d{5,}(\d{2})', '***\1')) AS operator,
    event,
    nullif(reason, '') AS reason
FROM stg_queue_event
WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    AND event IN ('PAUSE', 'UNPAUSE', 'PAUSEALL', 'UNPAUSEALL', 'ADDMEMBER', 'REMOVEMEMBER', 'AGENTLOGIN', 'AGENTLOGOFF')
    AND agent NOT IN ('', 'NONE')

-- PBXs of which nothing new was logged for long.
SELECT pbx, max(last_event_at) AS last_at, datediff('hour', max(last_event_at), $now)
FROM marts.fct_call
GROUP BY pbx
HAVING last_at < $now::TIMESTAMP - to_hours($quiet_hours)
ORDER BY pbx

-- From when until when each PBX's logs tell something (UTC). What lies outside is unknown, not 0.
SELECT pbx, min(first_at) AS first_at, max(last_at) AS last_at
FROM (
    SELECT pbx, min(first_event_at) AS first_at, max(last_event_at) AS last_at FROM fct_call GROUP BY pbx
    UNION ALL
    SELECT pbx, min(logged_at), max(logged_at) FROM fct_operator_event GROUP BY pbx
)
GROUP BY pbx
ORDER BY pbx

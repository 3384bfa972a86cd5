-- Calls open for more than a day before the newest event of their PBX: their end was lost.
SELECT pbx, started_on, count(*), min(call_id)
FROM marts.fct_call AS call
WHERE is_open
    AND started_at < (SELECT max(last_event_at) FROM marts.fct_call AS other WHERE other.pbx = call.pbx) - INTERVAL 1 DAY
GROUP BY pbx, started_on
ORDER BY pbx, started_on

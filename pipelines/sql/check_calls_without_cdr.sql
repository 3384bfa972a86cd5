-- Queued calls of PBXs with a CDR that have none a day later; "now" is the newest event the warehouse has.
SELECT pbx, started_on, count(*), min(call_id)
FROM marts.fct_call
WHERE is_queued AND is_without_cdr
    AND pbx IN (SELECT pbx FROM marts.dim_pbx WHERE has_cdr)
    AND last_event_at < (SELECT max(last_event_at) FROM marts.fct_call) - INTERVAL 1 DAY
GROUP BY pbx, started_on
ORDER BY pbx, started_on

SELECT company_id, started_on, count_calls, count_unseen
FROM marts.dq_relay_day
WHERE count_unseen > 0
ORDER BY started_on DESC, company_id

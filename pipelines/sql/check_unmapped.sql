SELECT pbx, kind, value, count_calls, last_at
FROM marts.dq_unmapped
ORDER BY count_calls DESC, pbx, kind, value

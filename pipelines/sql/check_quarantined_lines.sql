SELECT pbx, kind, sum(count_lines)::BIGINT AS lines, reason
FROM marts.dq_quarantine
GROUP BY pbx, kind, reason
ORDER BY lines DESC, pbx, kind, reason

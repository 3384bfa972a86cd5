SELECT if(kind = 'relay_facts', 'the relay', pbx) AS pbx, kind, sum(count_lines)::BIGINT AS lines, reason
FROM marts.dq_quarantine
GROUP BY ALL
ORDER BY lines DESC, pbx, kind, reason

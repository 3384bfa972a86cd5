-- Lines that could not be read, of every PBX and ever: such a line has no date.
SELECT pbx, kind, path, reason, sum(count_lines)::BIGINT AS lines
FROM dq_quarantine
GROUP BY ALL
ORDER BY pbx, kind, path, reason

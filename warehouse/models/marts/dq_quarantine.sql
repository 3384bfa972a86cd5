SELECT pbx, kind, path, reason, count(*)::BIGINT AS count_lines, max(_loaded_at) AS last_loaded_at
FROM raw.quarantine
GROUP BY ALL

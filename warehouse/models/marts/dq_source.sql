SELECT pbx, kind, path, position AS position_bytes, count_loaded, count_quarantined, loaded_at
FROM raw.source

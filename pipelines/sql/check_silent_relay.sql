-- A relay of the settings that has not answered for long, or has told nothing while the PBXs' logs went on.
SELECT r.url, coalesce(f.answered_at::VARCHAR || ' UTC', 'never') AS answered,
    coalesce(f.last_recorded_at::VARCHAR || ' UTC', 'none') AS told
FROM setting_relay AS r
LEFT JOIN (FROM raw.relay_feed ORDER BY feed_id DESC LIMIT 1) AS f ON TRUE
WHERE f.answered_at IS NULL OR f.answered_at < $now::TIMESTAMP - to_hours($silent_hours)
    OR coalesce(f.last_recorded_at, TIMESTAMP '1970-01-01')
        < (SELECT max(last_event_at) FROM marts.fct_call) - to_hours($quiet_hours)

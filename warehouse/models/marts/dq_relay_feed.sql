SELECT feed_id, position, count_loaded, count_quarantined, first_recorded_at, last_recorded_at, answered_at
FROM raw.relay_feed

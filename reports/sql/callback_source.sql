-- Since when a relay tells of callbacks (UTC), by when it told last, and when it last answered; empty without one.
SELECT min(first_recorded_at), max(last_recorded_at), max(answered_at), coalesce(sum(count_quarantined), 0)::BIGINT
FROM dq_relay_feed

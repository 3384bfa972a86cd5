CREATE TABLE IF NOT EXISTS raw.relay_feed (
    feed_id INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    last_call_id VARCHAR,
    last_key VARCHAR,
    count_loaded BIGINT NOT NULL,
    count_quarantined BIGINT NOT NULL,
    first_recorded_at TIMESTAMP,
    last_recorded_at TIMESTAMP,
    answered_at TIMESTAMP NOT NULL
)

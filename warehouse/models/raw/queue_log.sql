CREATE TABLE IF NOT EXISTS raw.queue_log (
    _source INTEGER NOT NULL,
    _offset BIGINT NOT NULL,
    _loaded_at TIMESTAMP NOT NULL,
    logged_at TIMESTAMP NOT NULL,
    callid VARCHAR NOT NULL,
    words_id INTEGER NOT NULL,
    data VARCHAR
)

CREATE TABLE IF NOT EXISTS raw.queue_log (
    pbx VARCHAR NOT NULL,
    _source INTEGER NOT NULL,
    _offset BIGINT NOT NULL,
    _loaded_at TIMESTAMP NOT NULL,
    logged_at TIMESTAMP NOT NULL,
    callid VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    event VARCHAR NOT NULL,
    data VARCHAR
)

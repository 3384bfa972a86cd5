CREATE TABLE IF NOT EXISTS raw.relay_facts (
    _source INTEGER NOT NULL,
    _offset BIGINT NOT NULL,
    _loaded_at TIMESTAMP NOT NULL,
    call_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    company VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    number_key VARCHAR,
    data VARCHAR NOT NULL,
    callback BIGINT
)

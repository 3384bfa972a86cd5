CREATE TABLE IF NOT EXISTS raw.quarantine (
    pbx VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    _source INTEGER NOT NULL,
    _offset BIGINT NOT NULL,
    _loaded_at TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL,
    line BLOB NOT NULL
)

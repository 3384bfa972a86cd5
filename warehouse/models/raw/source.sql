CREATE TABLE IF NOT EXISTS raw.source (
    source_id INTEGER NOT NULL,
    pbx VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    identity VARCHAR NOT NULL,
    identity_length INTEGER NOT NULL,
    position BIGINT NOT NULL,
    stamp VARCHAR,
    first_line_key VARCHAR NOT NULL,
    count_loaded BIGINT NOT NULL,
    count_quarantined BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL
)

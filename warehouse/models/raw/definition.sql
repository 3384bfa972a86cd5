CREATE TABLE IF NOT EXISTS raw.definition (
    fingerprint VARCHAR NOT NULL,
    built_at TIMESTAMP NOT NULL
)

CREATE TABLE IF NOT EXISTS intermediate.unpaired (
    pbx VARCHAR NOT NULL,
    uniqueid VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    shape VARCHAR NOT NULL,
    operator VARCHAR,
    anchored_at TIMESTAMP NOT NULL,
    wait_seconds INTEGER
)

CREATE TABLE IF NOT EXISTS intermediate.call_link (
    pbx VARCHAR NOT NULL,
    uniqueid VARCHAR NOT NULL,
    other_uniqueid VARCHAR NOT NULL,
    source VARCHAR NOT NULL
)

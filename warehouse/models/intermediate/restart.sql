CREATE TABLE IF NOT EXISTS intermediate.restart (
    pbx VARCHAR NOT NULL,
    restarted_at TIMESTAMP NOT NULL
)

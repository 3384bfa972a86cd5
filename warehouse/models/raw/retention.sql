CREATE TABLE IF NOT EXISTS raw.retention (
    erased_before TIMESTAMP NOT NULL
)

CREATE TABLE IF NOT EXISTS raw.dirty_callback (
    callback BIGINT NOT NULL
)

CREATE TABLE IF NOT EXISTS raw.dirty_day (
    event_on DATE NOT NULL,
    count_rows BIGINT NOT NULL
)

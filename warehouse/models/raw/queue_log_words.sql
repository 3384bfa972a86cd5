CREATE TABLE IF NOT EXISTS raw.queue_log_words (
    words_id INTEGER NOT NULL,
    pbx VARCHAR NOT NULL,
    queue VARCHAR NOT NULL,
    agent VARCHAR NOT NULL,
    event VARCHAR NOT NULL
)

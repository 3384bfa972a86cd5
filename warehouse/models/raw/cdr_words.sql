CREATE TABLE IF NOT EXISTS raw.cdr_words (
    words_id INTEGER NOT NULL,
    pbx VARCHAR NOT NULL,
    accountcode VARCHAR,
    dcontext VARCHAR,
    lastapp VARCHAR,
    disposition VARCHAR NOT NULL,
    amaflags VARCHAR
)

-- What was mailed to whom. Grain: one step of one sending to one recipient; what counts is the last row of each. A
-- sending is written down before it begins: one that was cut off stays 'sending', and nobody knows what came of it.
CREATE TABLE IF NOT EXISTS ledger.mail (
    company_id VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    recipient VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    noted_at TIMESTAMP NOT NULL,
    detail VARCHAR NOT NULL
)

-- The monthly reports written so far. Grain: one Company, one month, one language, one version; every version
-- after the first restates the one before.
CREATE TABLE IF NOT EXISTS ledger.report (
    company_id VARCHAR NOT NULL,
    month VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    written_at TIMESTAMP NOT NULL,
    digest VARCHAR NOT NULL
)

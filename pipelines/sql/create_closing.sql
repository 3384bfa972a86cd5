-- A Company's day as it was when it was closed. Grain: one Company, one local day, one version; the first
-- version is the closing, each later one a restatement because calls changed afterwards.
CREATE TABLE IF NOT EXISTS ledger.closing (
    company_id VARCHAR NOT NULL,
    started_on DATE NOT NULL,
    version INTEGER NOT NULL,
    closed_at TIMESTAMP NOT NULL,
    figures VARCHAR
)

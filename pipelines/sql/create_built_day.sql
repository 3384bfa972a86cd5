-- Days whose facts were built and not yet reported to Dagster. Grain: one build of one UTC day.
CREATE TABLE IF NOT EXISTS ledger.built_day (
    built_on DATE NOT NULL
)

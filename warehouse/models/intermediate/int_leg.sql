-- CDR rows in hand: those that started in [range_from, range_until).
CREATE OR REPLACE TEMP TABLE int_leg AS
SELECT * EXCLUDE (lastdata)
FROM stg_cdr
WHERE started_at >= getvariable('range_from') AND started_at < getvariable('range_until') AND uniqueid IS NOT NULL

-- CDR rows in hand: those that started in [range_from, range_until) and the other rows of the same calls. A view,
-- as int_event.
CREATE OR REPLACE TEMP VIEW int_leg AS
SELECT l.* EXCLUDE (lastdata)
FROM (
    SELECT * FROM stg_cdr
    WHERE started_at >= getvariable('range_from') AND started_at < getvariable('range_until')
    UNION ALL
    SELECT * FROM int_extra_leg
) AS l
ANTI JOIN int_erased USING (channel_key)
WHERE uniqueid IS NOT NULL

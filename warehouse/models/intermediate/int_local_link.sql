-- Two uniqueids of one call, told by a Local channel: its two halves (;1 and ;2) appear in CDR rows of
-- different uniqueids. Names start anew when Asterisk does, so the rows must lie within a day.
CREATE OR REPLACE TEMP TABLE int_local_link AS
WITH half AS (
    SELECT DISTINCT pbx, uniqueid, started_at, local_name
    FROM (
        SELECT pbx, uniqueid, started_at,
            unnest([regexp_extract(channel, '^(Local/.+);[12]$', 1), regexp_extract(dstchannel, '^(Local/.+);[12]$', 1)])
                AS local_name
        FROM stg_cdr
        WHERE started_at >= getvariable('range_from') - INTERVAL 1 DAY AND started_at < getvariable('range_until') + INTERVAL 1 DAY
            AND (starts_with(channel, 'Local/') OR starts_with(dstchannel, 'Local/'))
    )
    WHERE local_name <> ''
)
SELECT DISTINCT a.pbx, a.uniqueid, b.uniqueid AS other_uniqueid, 'local' AS source
FROM half AS a
JOIN half AS b
    ON b.pbx = a.pbx AND b.local_name = a.local_name AND b.uniqueid > a.uniqueid
    AND b.started_at BETWEEN a.started_at - INTERVAL 1 DAY AND a.started_at + INTERVAL 1 DAY

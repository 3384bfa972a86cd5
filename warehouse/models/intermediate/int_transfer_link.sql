-- Two callids of one call, told by a transfer: the end of one fits the beginning of the other within two
-- seconds, in the same queue, and for a talk with the same operator and the same wait. Each is the other's
-- best match.
CREATE OR REPLACE TEMP TABLE int_transfer_link AS
WITH unpaired AS (
    SELECT * FROM intermediate.unpaired ANTI JOIN int_scope USING (pbx, uniqueid)
    UNION ALL
    SELECT * FROM int_unpaired
),
candidate AS (
    SELECT b.pbx, b.uniqueid, e.uniqueid AS other_uniqueid, b.queue, b.shape,
        abs(epoch(b.anchored_at) - epoch(e.anchored_at)) AS distance
    FROM unpaired AS b
    JOIN unpaired AS e
        ON e.pbx = b.pbx AND e.queue = b.queue AND e.uniqueid <> b.uniqueid
        AND e.anchored_at BETWEEN b.anchored_at - INTERVAL 2 SECOND AND b.anchored_at + INTERVAL 2 SECOND
        AND (
            (b.shape = 'unclosed connect' AND e.shape = 'orphan complete' AND e.operator = b.operator
                AND e.wait_seconds IS NOT DISTINCT FROM b.wait_seconds)
            OR (b.shape = 'unended enter' AND e.shape IN ('orphan connect', 'orphan leave'))
        )
),
ranked AS (
    SELECT *,
        row_number() OVER (PARTITION BY pbx, uniqueid, queue, shape ORDER BY distance, other_uniqueid) AS rank_of_end,
        row_number() OVER (PARTITION BY pbx, other_uniqueid, queue, shape ORDER BY distance, uniqueid) AS rank_of_begin
    FROM candidate
)
SELECT DISTINCT pbx, uniqueid, other_uniqueid, 'transfer' AS source
FROM ranked
WHERE rank_of_end = 1 AND rank_of_begin = 1

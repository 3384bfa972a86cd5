-- A CDR without uniqueids: its queue rows belong to the callid that entered that queue, with that number,
-- while the row lasted. Each is the other's best match.
CREATE OR REPLACE TEMP TABLE int_run_link AS
WITH candidate AS (
    SELECT leg.pbx, leg.uniqueid, event.uniqueid AS other_uniqueid,
        abs(epoch(event.logged_at) - epoch(leg.started_at)) AS distance
    FROM (
        SELECT pbx, uniqueid, queue, src, min(started_at) AS started_at, max(ended_at) AS ended_at
        FROM (SELECT *, split_part(lastdata, ',', 1) AS queue FROM stg_cdr
            WHERE started_at >= getvariable('range_from') - INTERVAL 1 DAY AND started_at < getvariable('range_until') + INTERVAL 1 DAY
                AND is_without_uniqueid AND lastapp = 'Queue' AND uniqueid IS NOT NULL)
        GROUP BY pbx, uniqueid, queue, src
    ) AS leg
    JOIN (
        SELECT * FROM stg_queue_event
        WHERE logged_at >= getvariable('range_from') - INTERVAL 1 DAY AND logged_at < getvariable('range_until') + INTERVAL 1 DAY
            AND kind = 'enter'
    ) AS event
        ON event.pbx = leg.pbx AND event.queue = leg.queue AND event.detail = leg.src
        AND event.logged_at BETWEEN leg.started_at - INTERVAL 1 SECOND AND leg.ended_at + INTERVAL 1 SECOND
),
ranked AS (
    SELECT *,
        row_number() OVER (PARTITION BY pbx, uniqueid ORDER BY distance, other_uniqueid) AS rank_of_event,
        row_number() OVER (PARTITION BY pbx, other_uniqueid ORDER BY distance, uniqueid) AS rank_of_leg
    FROM candidate
)
SELECT pbx, uniqueid, other_uniqueid, 'run' AS source
FROM ranked
WHERE rank_of_event = 1 AND rank_of_leg = 1

-- The channels of calls whose passes need the order of their lines: they re-enter a queue, or their events carry several
-- uniqueids. A table, for its size tells the planner which side of a join is the small one.
CREATE OR REPLACE TEMP TABLE int_entangled AS
WITH stint AS (
    SELECT s.*, coalesce(m.call_key, s.channel_key) AS call_key
    FROM int_queue_stint AS s
    LEFT JOIN int_member AS m USING (channel_key)
),
entangled AS (
    SELECT call_key FROM stint
    WHERE count_enter <> 1 OR count_connect > 1 OR count_complete + count_leave > 1
    UNION
    SELECT s.call_key FROM stint AS s SEMI JOIN int_member USING (channel_key)
    GROUP BY s.call_key
    HAVING count(DISTINCT s.channel_key) > 1
)
SELECT DISTINCT channel_key, call_key
FROM stint
SEMI JOIN entangled USING (call_key)

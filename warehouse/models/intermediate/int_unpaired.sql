-- What a transfer under another callid leaves behind: ends without a beginning and beginnings without an end.
-- `anchored_at` is the beginning, told by the event itself or by its end less the seconds it states.
CREATE OR REPLACE TEMP TABLE int_unpaired AS
WITH stint AS (
    SELECT q.*, s.uniqueid, count_complete + count_leave AS count_closing
    FROM int_queue_stint AS q
    JOIN int_scope AS s USING (channel_key)
    WHERE count_enter <> 1 OR count_connect <> count_complete OR count_connect + count_leave <> 1
)
SELECT pbx, uniqueid, queue, 'unclosed connect' AS shape, connected_operator AS operator, connected_at AS anchored_at,
    connected_wait_seconds AS wait_seconds
FROM stint
WHERE count_connect = count_complete + 1
UNION ALL
SELECT pbx, uniqueid, queue, 'orphan complete', completed_operator, closed_at - to_seconds(talk_seconds),
    closing_wait_seconds
FROM stint
WHERE count_complete = 1 AND count_connect = 0 AND talk_seconds IS NOT NULL
UNION ALL
SELECT pbx, uniqueid, queue, 'unended enter', NULL, entered_at, NULL
FROM stint
WHERE count_enter = 1 AND count_connect = 0 AND count_closing = 0
UNION ALL
SELECT pbx, uniqueid, queue, 'orphan connect', NULL, connected_at - to_seconds(connected_wait_seconds), NULL
FROM stint
WHERE count_enter = 0 AND count_connect = 1 AND connected_wait_seconds IS NOT NULL
UNION ALL
SELECT pbx, uniqueid, queue, 'orphan leave', NULL, closed_at - to_seconds(closing_wait_seconds), NULL
FROM stint
WHERE count_enter = 0 AND count_connect = 0 AND count_leave = 1 AND closing_wait_seconds IS NOT NULL

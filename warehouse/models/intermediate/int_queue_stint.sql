-- One row per uniqueid and queue. Where each kind of event happened at most once, which is nearly always,
-- the row is a queue pass and no order of lines matters.
CREATE OR REPLACE TEMP TABLE int_queue_stint AS
SELECT
    pbx, uniqueid, queue,
    count(*) FILTER (kind = 'enter') AS count_enter,
    count(*) FILTER (kind = 'connect') AS count_connect,
    count(*) FILTER (kind = 'complete') AS count_complete,
    count(*) FILTER (kind = 'leave') AS count_leave,
    max(logged_at) FILTER (kind = 'enter') AS entered_at,
    max(_offset) FILTER (kind = 'enter') AS entered_offset,
    max(number) FILTER (kind = 'enter') AS number,
    max(logged_at) FILTER (kind = 'connect') AS connected_at,
    max(agent) FILTER (kind = 'connect') AS connected_agent,
    max(wait_seconds) FILTER (kind = 'connect') AS connected_wait_seconds,
    max(logged_at) FILTER (kind IN ('complete', 'leave')) AS closed_at,
    max(event) FILTER (kind IN ('complete', 'leave')) AS closing_event,
    max(agent) FILTER (kind = 'complete') AS completed_agent,
    max(wait_seconds) FILTER (kind IN ('complete', 'leave')) AS closing_wait_seconds,
    max(talk_seconds) FILTER (kind = 'complete') AS talk_seconds,
    -- ABANDON carries a member's name where the caller hung up during that member's announcement.
    list(agent) FILTER (kind = 'ring' OR (event = 'ABANDON' AND agent <> 'NONE')) AS rung_agents,
    count(*) FILTER (event = 'RINGNOANSWER') AS count_ring_no_answer
FROM int_event
WHERE kind IN ('enter', 'connect', 'complete', 'leave', 'ring')
GROUP BY pbx, uniqueid, queue

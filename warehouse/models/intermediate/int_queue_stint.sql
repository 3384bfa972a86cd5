-- One row per channel and queue. Where each kind of event happened at most once, which is nearly always,
-- the row is a queue pass and no order of lines matters.
CREATE OR REPLACE TEMP TABLE int_queue_stint AS
SELECT
    channel_key, queue, any_value(pbx) AS pbx,
    count(*) FILTER (kind = 'enter') AS count_enter,
    count(*) FILTER (kind = 'connect') AS count_connect,
    count(*) FILTER (kind = 'complete') AS count_complete,
    count(*) FILTER (kind = 'leave') AS count_leave,
    any_value(logged_at) FILTER (kind = 'enter') AS entered_at,
    any_value(_offset) FILTER (kind = 'enter') AS entered_offset,
    any_value(detail) FILTER (kind = 'enter') AS number,
    any_value(logged_at) FILTER (kind = 'connect') AS connected_at,
    any_value(operator) FILTER (kind = 'connect') AS connected_operator,
    any_value(wait_seconds) FILTER (kind = 'connect') AS connected_wait_seconds,
    any_value(logged_at) FILTER (kind IN ('complete', 'leave')) AS closed_at,
    any_value(event) FILTER (kind IN ('complete', 'leave')) AS closing_event,
    any_value(operator) FILTER (kind = 'complete') AS completed_operator,
    any_value(wait_seconds) FILTER (kind IN ('complete', 'leave')) AS closing_wait_seconds,
    any_value(talk_seconds) FILTER (kind = 'complete') AS talk_seconds,
    min(logged_at) AS first_event_at,
    max(logged_at) AS last_event_at,
    -- ABANDON carries a member's name where the caller hung up during that member's announcement.
    list(operator) FILTER (operator IS NOT NULL AND (kind = 'ring' OR event = 'ABANDON')) AS rung_operators,
    count(*) FILTER (event = 'RINGNOANSWER') AS count_ring_no_answer
FROM int_event
WHERE kind IN ('enter', 'connect', 'complete', 'leave', 'ring') AND uniqueid NOT IN ('', 'NONE')
GROUP BY channel_key, queue

-- One row per channel and queue. Where each kind of event happened at most once, which is nearly always,
-- the row is a queue pass and no order of lines matters; of several connections it has the first, which is what a
-- transfer under another callid leaves unclosed.
CREATE OR REPLACE TEMP TABLE int_queue_stint AS
SELECT
    channel_key, queue, any_value(pbx) AS pbx,
    count(*) FILTER (is_enter) AS count_enter,
    count(*) FILTER (is_connect) AS count_connect,
    count(*) FILTER (is_complete) AS count_complete,
    count(*) FILTER (is_leave) AS count_leave,
    any_value(logged_at) FILTER (is_enter) AS entered_at,
    any_value(_offset) FILTER (is_enter) AS entered_offset,
    any_value(detail) FILTER (is_enter) AS number,
    min(logged_at) FILTER (is_connect) AS connected_at,
    arg_min(operator, logged_at) FILTER (is_connect) AS connected_operator,
    arg_min(wait_seconds, logged_at) FILTER (is_connect) AS connected_wait_seconds,
    any_value(logged_at) FILTER (is_closing) AS closed_at,
    any_value(event) FILTER (is_closing) AS closing_event,
    any_value(operator) FILTER (is_complete) AS completed_operator,
    any_value(wait_seconds) FILTER (is_closing) AS closing_wait_seconds,
    any_value(talk_seconds) FILTER (is_complete) AS talk_seconds,
    min(logged_at) AS first_event_at,
    max(logged_at) AS last_event_at,
    list(operator) FILTER (is_rung) AS rung_operators,
    count(*) FILTER (is_ring_no_answer) AS count_ring_no_answer
FROM int_event
WHERE kind IN ('enter', 'connect', 'complete', 'leave', 'ring') AND uniqueid NOT IN ('', 'NONE')
GROUP BY channel_key, queue

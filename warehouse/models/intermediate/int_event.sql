-- queue_log events in hand: those logged in [range_from, range_until).
CREATE OR REPLACE TEMP TABLE int_event AS
SELECT pbx, uniqueid, queue, agent, event, kind, logged_at, _source, _offset, detail, wait_seconds, talk_seconds
FROM stg_queue_event
WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')

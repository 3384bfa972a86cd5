-- queue_log events in hand: those logged in [range_from, range_until). Agents become operators next.
CREATE OR REPLACE TEMP TABLE int_event AS
SELECT * EXCLUDE (agent), nullif(nullif(agent, 'NONE'), '') AS operator
FROM stg_queue_event
WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')

-- Every line of queue_log as it was written, without its end.
CREATE OR REPLACE VIEW stg_queue_line AS
SELECT pbx, _source, _offset, logged_at, callid, event,
    concat_ws('|', epoch(logged_at)::BIGINT, callid, queue, agent, event, data) AS line
FROM stg_as_delivered_queue_log

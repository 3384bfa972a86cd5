-- queue_log lines as delivered, with their channel's key; their data is not split yet.
CREATE OR REPLACE VIEW stg_queue_entry AS
SELECT
    pbx,
    _source,
    _offset,
    logged_at,
    callid AS uniqueid,
    hash(pbx, callid, getvariable('key_salt')) AS channel_key,
    queue,
    agent,
    event,
    data
FROM raw.queue_log

-- queue_log lines whose event means something, with their channel's key; their data is not split yet.
CREATE OR REPLACE VIEW stg_queue_entry AS
SELECT
    w.pbx,
    line._source,
    line._offset,
    line.logged_at,
    line.callid AS uniqueid,
    hash(w.pbx, line.callid, getvariable('key_salt')) AS channel_key,
    w.* EXCLUDE (pbx),
    line.data
FROM raw.queue_log AS line
JOIN stg_event_words AS w USING (words_id)

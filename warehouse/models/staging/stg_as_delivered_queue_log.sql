-- queue_log lines by their fields as they were delivered, with the words that lines share.
CREATE OR REPLACE VIEW stg_as_delivered_queue_log AS
SELECT w.pbx, l._source, l._offset, l._loaded_at, l.logged_at, l.callid, w.queue, w.agent, w.event, l.data
FROM raw.queue_log AS l
JOIN raw.queue_log_words AS w USING (words_id)

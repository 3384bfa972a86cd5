-- The words of lines whose event means something, and where such a line has its data.
CREATE OR REPLACE VIEW stg_event_words AS
SELECT w.words_id, w.pbx, w.queue, w.agent, w.event, shape.kind, shape.wait_field, shape.talk_field, shape.detail_field
FROM raw.queue_log_words AS w
JOIN stg_event_shape AS shape USING (event)

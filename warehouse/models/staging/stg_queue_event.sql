-- queue_log lines whose event means something, with the data fields of that event.
CREATE OR REPLACE VIEW stg_queue_event AS
SELECT
    line.* EXCLUDE (data),
    shape.kind,
    string_split(line.data, '|')[shape.detail_field] AS detail,
    TRY_CAST(string_split(line.data, '|')[shape.wait_field] AS INTEGER) AS wait_seconds,
    TRY_CAST(string_split(line.data, '|')[shape.talk_field] AS INTEGER) AS talk_seconds
FROM stg_queue_entry AS line
JOIN stg_event_shape AS shape USING (event)

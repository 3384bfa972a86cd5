-- queue_log lines whose event means something, with the data fields of that event.
CREATE OR REPLACE VIEW stg_queue_event AS
SELECT
    * EXCLUDE (data, wait_field, talk_field, detail_field),
    string_split(data, '|')[detail_field] AS detail,
    TRY_CAST(string_split(data, '|')[wait_field] AS INTEGER) AS wait_seconds,
    TRY_CAST(string_split(data, '|')[talk_field] AS INTEGER) AS talk_seconds
FROM stg_queue_entry

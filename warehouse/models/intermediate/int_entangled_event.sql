-- The queue events of entangled calls, as in int_event: a hundredth of them. Chosen before their data is split, for the
-- planner does not carry the choice into int_event.
CREATE OR REPLACE TEMP VIEW int_entangled_event AS
SELECT e.* EXCLUDE (words_id, agent), w.operator
FROM (
    SELECT line.* EXCLUDE (data, wait_field, talk_field, detail_field),
        string_split(line.data, '|')[line.detail_field] AS detail,
        TRY_CAST(string_split(line.data, '|')[line.wait_field] AS INTEGER) AS wait_seconds,
        TRY_CAST(string_split(line.data, '|')[line.talk_field] AS INTEGER) AS talk_seconds
    FROM (SELECT * FROM stg_queue_entry JOIN int_entangled USING (channel_key)) AS line
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    UNION ALL BY NAME
    SELECT * FROM int_extra_event JOIN int_entangled USING (channel_key)
) AS e
JOIN int_words AS w USING (words_id)
WHERE e.kind IN ('enter', 'connect', 'complete', 'leave', 'ring')

-- The queue events of entangled calls, as in int_event: a hundredth of them. Chosen before their data is split, for the
-- planner does not carry the choice into int_event.
CREATE OR REPLACE TEMP VIEW int_entangled_event AS
SELECT e.* EXCLUDE (agent), operator_of(a.operator, e.agent) AS operator
FROM (
    SELECT line.* EXCLUDE (data), shape.kind,
        string_split(line.data, '|')[shape.detail_field] AS detail,
        TRY_CAST(string_split(line.data, '|')[shape.wait_field] AS INTEGER) AS wait_seconds,
        TRY_CAST(string_split(line.data, '|')[shape.talk_field] AS INTEGER) AS talk_seconds
    FROM (SELECT * FROM stg_queue_entry JOIN int_entangled USING (channel_key)) AS line
    JOIN stg_event_shape AS shape USING (event)
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    UNION ALL BY NAME
    SELECT * FROM int_extra_event JOIN int_entangled USING (channel_key)
) AS e
LEFT JOIN setting_agent AS a ON a.agent = e.agent
WHERE e.kind IN ('enter', 'connect', 'complete', 'leave', 'ring')

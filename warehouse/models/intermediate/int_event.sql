-- queue_log events in hand: those logged in [range_from, range_until) and the other lines of the same calls.
-- A view: reading raw lines again costs less than keeping events. Operators go by their login; a member the
-- settings do not know may be a person's number: it is masked.
CREATE OR REPLACE TEMP VIEW int_event AS
SELECT e.* EXCLUDE (agent),
    CASE
        WHEN a.operator IS NOT NULL THEN a.operator
        WHEN e.agent IN ('NONE', '') THEN NULL
        WHEN regexp_matches(e.agent, '\d{7}') THEN regexp_replace(e.agent, '\d{5,}(\d{2})', '***\1', 'g')
        ELSE e.agent
    END AS operator
FROM (
    SELECT * FROM stg_queue_event
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    UNION ALL
    SELECT * FROM int_extra_event
) AS e
LEFT JOIN setting_agent AS a ON a.agent = e.agent
ANTI JOIN int_erased USING (channel_key)

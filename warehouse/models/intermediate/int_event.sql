-- queue_log events in hand: those logged in [range_from, range_until) and the other lines of the same calls.
-- A view: reading raw lines again costs less than keeping events. Operators go by their login; a member the
-- settings do not know may be a person's number: it is masked.
CREATE OR REPLACE TEMP MACRO operator_of(login, agent) AS CASE
    WHEN login IS NOT NULL THEN login
    WHEN agent IN ('NONE', '') THEN NULL
    WHEN regexp_matches(agent, '\d{7}') THEN regexp_replace(agent, '\d{5,}(\d{2})', '***\1', 'g')
    ELSE agent
END;
CREATE OR REPLACE TEMP VIEW int_event AS
SELECT e.* EXCLUDE (agent), operator_of(a.operator, e.agent) AS operator
FROM (
    SELECT * FROM stg_queue_event
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    UNION ALL
    SELECT * FROM int_extra_event
) AS e
LEFT JOIN setting_agent AS a ON a.agent = e.agent
ANTI JOIN int_erased USING (channel_key)

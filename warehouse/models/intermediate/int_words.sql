-- What the words of a line say, worked out once and not for each line: whom they name, and which of a pass's events they
-- are. Operators go by their login; a member the settings do not know may be a person's number: it is masked.
CREATE OR REPLACE TEMP MACRO operator_of(login, agent) AS CASE
    WHEN login IS NOT NULL THEN login
    WHEN agent IN ('NONE', '') THEN NULL
    WHEN regexp_matches(agent, '\d{7}') THEN regexp_replace(agent, '\d{5,}(\d{2})', '***\1', 'g')
    ELSE agent
END;
CREATE OR REPLACE TEMP TABLE int_words AS
SELECT w.words_id,
    operator_of(a.operator, w.agent) AS operator,
    w.kind = 'enter' AS is_enter,
    w.kind = 'connect' AS is_connect,
    w.kind = 'complete' AS is_complete,
    w.kind = 'leave' AS is_leave,
    w.kind IN ('complete', 'leave') AS is_closing,
    -- ABANDON carries a member's name where the caller hung up during that member's announcement.
    operator_of(a.operator, w.agent) IS NOT NULL AND (w.kind = 'ring' OR w.event = 'ABANDON') AS is_rung,
    w.event = 'RINGNOANSWER' AS is_ring_no_answer
FROM stg_event_words AS w
LEFT JOIN setting_agent AS a ON a.agent = w.agent

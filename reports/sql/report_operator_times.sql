-- Pauses and log-in time of the operators of a Company's queues, clipped to [$from_at, $until_at) in UTC and to
-- what the PBX's log has told so far. Time counts once, in however many queues an operator is at the same time.
WITH known AS (
    SELECT pbx, least($until_at, max(last_at)) AS until_at
    FROM (
        SELECT pbx, max(last_event_at) AS last_at FROM fct_call GROUP BY pbx
        UNION ALL
        SELECT pbx, max(logged_at) FROM fct_operator_event GROUP BY pbx
    )
    GROUP BY pbx
),

event AS (
    SELECT e.pbx, e.operator, e.queue, e.logged_at, e.event, e.reason
    FROM fct_operator_event AS e
    WHERE e.logged_at < $until_at
        AND (
            e.queue IS NULL
            OR CASE WHEN $company = 'unassigned'
                THEN e.queue NOT IN (SELECT value FROM dim_mapping WHERE kind = 'queue')
                ELSE e.queue IN (
                    SELECT value
                    FROM dim_mapping
                    WHERE kind = 'queue' AND company_id = $company
                        AND coalesce(valid_from_at < $until_at, TRUE) AND coalesce(valid_until_at > $from_at, TRUE)
                )
            END
        )
),

membership AS (
    SELECT DISTINCT pbx, operator, queue FROM event WHERE queue IS NOT NULL
),

-- PAUSEALL concerns every queue of the operator: Asterisk also writes a line for each, but an UNPAUSE may come alone.
switch AS (
    SELECT 'pause' AS measure, pbx, operator, queue, logged_at,
        event = 'PAUSE' OR event = 'ADDMEMBER' AS is_on
    FROM event
    WHERE event IN ('PAUSE', 'UNPAUSE', 'REMOVEMEMBER') OR (event = 'ADDMEMBER' AND reason = 'PAUSED')
    UNION ALL
    SELECT 'pause', e.pbx, e.operator, m.queue, e.logged_at, e.event = 'PAUSEALL'
    FROM event AS e
    LEFT JOIN membership AS m ON m.pbx = e.pbx AND m.operator = e.operator
    WHERE e.event IN ('PAUSEALL', 'UNPAUSEALL')
    UNION ALL
    SELECT 'login', pbx, operator, queue, logged_at, event IN ('ADDMEMBER', 'AGENTLOGIN')
    FROM event
    WHERE event IN ('ADDMEMBER', 'REMOVEMEMBER', 'AGENTLOGIN', 'AGENTLOGOFF')
),

-- On and off within one second leave things as they were: their order is not told.
change AS (
    SELECT measure, pbx, operator, queue, logged_at, bool_or(is_on) AS is_on
    FROM switch
    GROUP BY ALL
    HAVING bool_or(is_on) = bool_and(is_on)
),

lasting AS (
    SELECT measure, pbx, operator, is_on, logged_at AS from_at,
        lead(logged_at) OVER (PARTITION BY measure, pbx, operator, queue ORDER BY logged_at) AS until_at
    FROM change
),

clipped AS (
    SELECT l.measure, l.operator, greatest(l.from_at, $from_at) AS from_at,
        least(coalesce(l.until_at, k.until_at), k.until_at) AS until_at
    FROM lasting AS l
    JOIN known AS k USING (pbx)
    WHERE l.is_on AND coalesce(l.until_at, k.until_at) > $from_at AND l.from_at < k.until_at
),

-- Stretches that touch or overlap are one: it begins where none of the earlier ones reaches.
begun AS (
    SELECT measure, operator, from_at, until_at,
        from_at > max(until_at) OVER (
            PARTITION BY measure, operator ORDER BY from_at, until_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS is_first
    FROM clipped
),

numbered AS (
    SELECT measure, operator, from_at, until_at,
        count(*) FILTER (coalesce(is_first, TRUE)) OVER (
            PARTITION BY measure, operator ORDER BY from_at, until_at ROWS UNBOUNDED PRECEDING
        ) AS stretch
    FROM begun
),

stretch AS (
    SELECT measure, operator, stretch, epoch(max(until_at) - min(from_at)) AS seconds
    FROM numbered
    GROUP BY measure, operator, stretch
),

spent AS (
    SELECT operator,
        count(*) FILTER (measure = 'pause') AS pauses,
        sum(seconds) FILTER (measure = 'pause') AS pause_seconds,
        sum(seconds) FILTER (measure = 'login') AS login_seconds
    FROM stretch
    GROUP BY operator
)

SELECT
    e.operator,
    bool_or(e.queue IS NOT NULL) AS is_member,
    coalesce(any_value(s.pauses), 0)::BIGINT AS pauses,
    coalesce(any_value(s.pause_seconds), 0)::BIGINT AS pause_seconds,
    -- A member that queues.conf names never logs in: its time is unknown.
    CASE WHEN bool_or(e.event IN ('ADDMEMBER', 'REMOVEMEMBER', 'AGENTLOGIN', 'AGENTLOGOFF'))
        THEN coalesce(any_value(s.login_seconds), 0)::BIGINT END AS login_seconds
FROM event AS e
LEFT JOIN spent AS s USING (operator)
GROUP BY e.operator
ORDER BY e.operator

-- One row per stay in one queue. A call whose stints are plain is read straight from them; an
-- entangled one is replayed in the order it happened.
CREATE OR REPLACE TEMP TABLE int_queue_pass AS
WITH stint AS (
    SELECT s.*, coalesce(m.call_key, s.channel_key) AS call_key
    FROM int_queue_stint AS s
    LEFT JOIN int_member AS m USING (channel_key)
),
positioned AS (
    SELECT e.*, s.first_line_key, s.identity,
        max(e.logged_at) OVER (
            PARTITION BY e.call_key, e.queue
            ORDER BY s.first_line_key, s.identity, e._offset
            ROWS UNBOUNDED PRECEDING
        ) AS latest_at
    FROM int_entangled_event AS e
    JOIN raw.source AS s ON s.source_id = e._source
),
-- Lines may be out of order by a second or two: time decides. A clock may be set back: then position does.
ordered AS (
    SELECT *, if(logged_at >= latest_at - INTERVAL 2 SECOND, logged_at, latest_at) AS ordered_at
    FROM positioned
),
numbered AS (
    SELECT *,
        greatest(1, count(*) FILTER (kind = 'enter') OVER (
            PARTITION BY call_key, queue
            ORDER BY ordered_at, first_line_key, identity, _offset
            ROWS UNBOUNDED PRECEDING
        )) AS pass_number
    FROM ordered
),
-- An attended transfer into the same queue enters it again before the first operator's talk is closed: a talk's end
-- belongs to the latest CONNECT with its operator and its wait.
closed AS (
    SELECT * REPLACE (
            CASE WHEN kind = 'complete' THEN
                coalesce(max(pass_number) FILTER (kind = 'connect') OVER (
                    PARTITION BY call_key, queue, operator, wait_seconds
                    ORDER BY ordered_at, first_line_key, identity, _offset
                    ROWS UNBOUNDED PRECEDING
                ), pass_number)
            ELSE pass_number END AS pass_number
        )
    FROM numbered
),
replayed AS (
    SELECT call_key, queue, any_value(pbx) AS pbx,
        min(logged_at) FILTER (kind = 'enter') AS entered_at,
        min(_offset) FILTER (kind = 'enter') AS entered_offset,
        min(detail) FILTER (kind = 'enter') AS number,
        min(logged_at) AS first_event_at,
        max(logged_at) AS last_event_at,
        min(logged_at) FILTER (kind = 'connect') AS connected_at,
        arg_min(operator, ordered_at) FILTER (kind IN ('connect', 'complete')) AS operator,
        arg_min(wait_seconds, ordered_at) FILTER (kind = 'connect') AS connected_wait_seconds,
        max(logged_at) FILTER (kind IN ('complete', 'leave')) AS closed_at,
        arg_max(event, (kind = 'complete', ordered_at)) FILTER (kind IN ('complete', 'leave')) AS closing_event,
        arg_max(wait_seconds, (kind = 'complete', ordered_at)) FILTER (kind IN ('complete', 'leave'))
            AS closing_wait_seconds,
        sum(talk_seconds) FILTER (kind = 'complete') AS talk_seconds,
        count(*) FILTER (kind = 'complete') AS count_complete,
        list(operator) FILTER (operator IS NOT NULL AND (kind = 'ring' OR event = 'ABANDON')) AS rung_operators,
        count(*) FILTER (event = 'RINGNOANSWER') AS count_ring_no_answer,
        pass_number < max(pass_number) OVER (PARTITION BY call_key, queue) AS is_followed
    FROM closed
    GROUP BY call_key, queue, pass_number
),
pass AS (
    SELECT pbx, call_key, queue, entered_at, entered_offset, number, connected_at,
        coalesce(connected_operator, completed_operator) AS operator, connected_wait_seconds, closed_at, closing_event,
        closing_wait_seconds, talk_seconds, count_complete, rung_operators, count_ring_no_answer, first_event_at,
        last_event_at, FALSE AS is_followed
    FROM stint
    ANTI JOIN int_entangled USING (call_key)
    UNION ALL
    SELECT pbx, call_key, queue, entered_at, entered_offset, number, connected_at, operator,
        connected_wait_seconds, closed_at, closing_event, closing_wait_seconds, talk_seconds, count_complete,
        rung_operators, count_ring_no_answer, first_event_at, last_event_at, is_followed
    FROM replayed
),
dated AS (
    SELECT * REPLACE (
            coalesce(entered_at, connected_at - to_seconds(coalesce(connected_wait_seconds, 0)),
                closed_at - to_seconds(coalesce(closing_wait_seconds, 0) + coalesce(talk_seconds, 0))) AS entered_at
        ),
        connected_at IS NOT NULL OR count_complete > 0 AS is_answered
    FROM pass
)
SELECT
    d.call_key, d.queue, d.number, d.entered_at,
    -- Seconds since 1970, then the place in the file: orders passes of one call that begin in one second.
    epoch(d.entered_at)::BIGINT * 536870912 + coalesce(d.entered_offset, 0) % 536870912 AS pass_key,
    CASE WHEN d.is_answered THEN coalesce(d.connected_at, d.closed_at - to_seconds(coalesce(d.talk_seconds, 0))) END
        AS connected_at,
    d.closed_at AS ended_at,
    d.is_answered,
    CASE WHEN d.is_answered THEN d.operator END AS operator,
    d.closing_event,
    CASE
        WHEN d.is_answered THEN 'answered'
        WHEN d.closing_event = 'ABANDON' THEN 'abandoned'
        WHEN d.closing_event = 'EXITWITHTIMEOUT' THEN 'timeout'
        WHEN d.closing_event = 'EXITEMPTY' THEN 'empty'
        WHEN d.closing_event = 'EXITWITHKEY' THEN 'key'
        WHEN d.closing_event = 'WITHDRAW' THEN 'withdrawn'
        WHEN d.is_followed OR r.restarted_at IS NOT NULL THEN 'lost'
        ELSE 'open'
    END AS outcome,
    d.closed_at IS NULL AND NOT d.is_followed AND r.restarted_at IS NULL AS is_open,
    coalesce(d.connected_wait_seconds, d.closing_wait_seconds,
        if(coalesce(d.connected_at, d.closed_at) < d.entered_at, 0,
            epoch(coalesce(d.connected_at, d.closed_at) - d.entered_at)::INTEGER)) AS wait_seconds,
    if(d.is_answered AND d.talk_seconds >= 0, d.talk_seconds, NULL)::INTEGER AS talk_seconds,
    d.rung_operators,
    d.count_ring_no_answer,
    d.first_event_at,
    d.last_event_at
FROM dated AS d
LEFT JOIN (SELECT pbx, max(restarted_at) AS restarted_at FROM intermediate.restart GROUP BY pbx) AS r
    ON r.pbx = d.pbx AND r.restarted_at > d.entered_at
WHERE d.entered_at IS NOT NULL

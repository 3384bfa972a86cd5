WITH offer AS (
    SELECT company_id, pbx, started_on, direction, operator, TRUE AS is_answered, talk_seconds, wait_seconds
    FROM marts.fct_queue_pass
    SEMI JOIN int_touched_day USING (started_on)
    WHERE is_answered AND operator IS NOT NULL
    UNION ALL
    SELECT company_id, pbx, started_on, direction, rung_operator, FALSE, NULL, NULL
    FROM (
        SELECT company_id, pbx, started_on, direction, operator, unnest(rung_operators) AS rung_operator
        FROM marts.fct_queue_pass
        SEMI JOIN int_touched_day USING (started_on)
    )
    WHERE rung_operator IS DISTINCT FROM operator
)
SELECT
    company_id,
    pbx,
    operator,
    started_on,
    count(*)::INTEGER AS count_offered,
    count(*) FILTER (is_answered)::INTEGER AS count_answered,
    coalesce(sum(talk_seconds), 0)::BIGINT AS talk_seconds,
    coalesce(sum(wait_seconds), 0)::BIGINT AS wait_seconds
FROM offer
WHERE direction = 'incoming'
GROUP BY company_id, pbx, operator, started_on

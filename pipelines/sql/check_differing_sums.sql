-- Calls and passes, counted in the facts and summed in the aggregates, per Company and day.
WITH fact AS (
    SELECT company_id, started_on, 'calls' AS what, count(*) AS facts FROM marts.fct_call GROUP BY ALL
    UNION ALL
    SELECT company_id, started_on, 'queue passes', count(*) FROM marts.fct_queue_pass GROUP BY ALL
),
aggregate AS (
    SELECT company_id, started_on, 'calls' AS what,
        sum(count_incoming + count_outgoing + count_internal)::BIGINT AS sums
    FROM marts.agg_call_hour GROUP BY ALL
    UNION ALL
    SELECT company_id, started_on, 'queue passes', sum(count_offered + count_not_incoming)::BIGINT
    FROM marts.agg_queue_day GROUP BY ALL
)
SELECT company_id, started_on, what, coalesce(facts, 0) AS facts, coalesce(sums, 0) AS sums
FROM fact
FULL JOIN aggregate USING (company_id, started_on, what)
WHERE coalesce(facts, 0) <> coalesce(sums, 0)
ORDER BY company_id, started_on, what

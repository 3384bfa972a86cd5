-- Operator figures of a period: passes in which the queue rang the operator.
SELECT
    company_id,
    operator AS name,
    sum(count_offered)::BIGINT AS offered,
    sum(count_answered)::BIGINT AS answered,
    sum(talk_seconds)::BIGINT AS talk_seconds,
    sum(wait_seconds)::BIGINT AS wait_seconds
FROM agg_operator_day
WHERE started_on >= $first AND started_on < $until AND ($company IS NULL OR company_id = $company)
GROUP BY company_id, operator
ORDER BY company_id = 'unassigned', company_id, operator

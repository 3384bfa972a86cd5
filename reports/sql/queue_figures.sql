-- Queue figures of a period: passes of incoming calls, which belong to the period of their call.
SELECT
    company_id,
    queue AS name,
    sum(count_offered)::BIGINT AS offered,
    sum(count_answered)::BIGINT AS answered,
    sum(talk_seconds)::BIGINT AS talk_seconds,
    sum(wait_seconds)::BIGINT AS wait_seconds
FROM agg_queue_day
WHERE started_on >= $first AND started_on < $until AND ($company IS NULL OR company_id = $company)
GROUP BY company_id, queue
HAVING sum(count_offered) > 0
ORDER BY company_id = 'unassigned', company_id, queue

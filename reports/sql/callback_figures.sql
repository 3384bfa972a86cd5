-- The callbacks opened in a period, one row per Company: what came of them, and how soon an operator called back.
SELECT
    c.company_id,
    count(b.call_id)::BIGINT AS created,
    count(*) FILTER (b.outcome = 'reached')::BIGINT AS reached,
    count(*) FILTER (b.outcome = 'self_served')::BIGINT AS self_served,
    count(*) FILTER (b.outcome = 'refused')::BIGINT AS refused,
    count(*) FILTER (b.outcome = 'gave_up')::BIGINT AS gave_up,
    count(*) FILTER (b.outcome = 'expired')::BIGINT AS expired,
    count(*) FILTER (b.outcome = 'open')::BIGINT AS open,
    coalesce(sum(b.count_missed_calls), 0)::BIGINT AS missed_calls,
    coalesce(sum(b.count_attempts), 0)::BIGINT AS attempts,
    count(*) FILTER (b.has_unknown_attempt)::BIGINT AS unknown_attempts,
    count(b.to_callback_seconds)::BIGINT AS called_back,
    count(*) FILTER (b.is_asked)::BIGINT AS asked,
    count(b.to_callback_seconds) FILTER (b.is_asked)::BIGINT AS asked_called_back,
    coalesce(sum(b.to_callback_seconds), 0)::BIGINT AS to_callback_seconds,
    median(b.to_callback_seconds) AS median_to_callback_seconds,
    max(b.to_callback_seconds)::BIGINT AS longest_to_callback_seconds
FROM dim_company AS c
LEFT JOIN fct_callback AS b
    ON b.company_id = c.company_id AND b.opened_on >= $first AND b.opened_on < $until
WHERE ($company IS NULL OR c.company_id = $company)
GROUP BY c.company_id
HAVING c.company_id <> 'unassigned' OR count(b.call_id) > 0
ORDER BY c.company_id = 'unassigned', c.company_id

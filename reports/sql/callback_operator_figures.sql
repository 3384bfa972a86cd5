-- By operator: dials of the callbacks opened in a period, and whom they reached, in the queue or by a call of their own.
WITH dialled AS (
    SELECT company_id, operator, count(*)::BIGINT AS dials, count(*) FILTER (is_attempt)::BIGINT AS attempts,
        count(*) FILTER (is_answered)::BIGINT AS answered, coalesce(sum(talk_seconds), 0)::BIGINT AS talk_seconds,
        count(talk_seconds)::BIGINT AS talk_known
    FROM fct_callback_attempt
    WHERE opened_on >= $first AND opened_on < $until
    GROUP BY ALL
),
reached AS (
    SELECT company_id, operator, count(*)::BIGINT AS reached
    FROM fct_callback
    WHERE outcome = 'reached' AND opened_on >= $first AND opened_on < $until
    GROUP BY ALL
)
SELECT
    company_id,
    operator,
    coalesce(d.dials, 0) AS dials,
    coalesce(d.attempts, 0) AS attempts,
    coalesce(d.answered, 0) AS answered,
    coalesce(r.reached, 0) AS reached,
    coalesce(d.talk_seconds, 0) AS talk_seconds,
    coalesce(d.talk_known, 0) AS talk_known
FROM dialled AS d
FULL JOIN reached AS r USING (company_id, operator)
WHERE operator IS NOT NULL AND ($company IS NULL OR company_id = $company)
ORDER BY company_id = 'unassigned', company_id, operator

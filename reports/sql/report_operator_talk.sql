-- Passes whose talk is known, by who answered: the denominator of an operator's average talk.
SELECT operator, count(talk_seconds)::BIGINT AS talk_known
FROM fct_queue_pass
WHERE company_id = $company AND started_on >= $first AND started_on < $until
    AND direction = 'incoming' AND is_answered AND operator IS NOT NULL
GROUP BY operator

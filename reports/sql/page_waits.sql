-- Queued calls by how long they waited: the first limit (seconds) that the wait does not exceed, none above the last.
SELECT
    (SELECT min(l.seconds) FROM unnest($limits) AS l (seconds) WHERE c.wait_seconds <= l.seconds) AS until_seconds,
    count(*) FILTER (c.is_answered)::BIGINT AS answered,
    count(*) FILTER (NOT c.is_answered)::BIGINT AS not_answered
FROM fct_call AS c
WHERE c.company_id = $company AND c.started_on >= $first AND c.started_on < $until
    AND c.is_queued AND c.wait_seconds IS NOT NULL
GROUP BY until_seconds
ORDER BY until_seconds NULLS LAST

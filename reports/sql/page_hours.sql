-- Incoming calls by local hour, each with the UTC instant at which it began.
SELECT started_on, hour_at, sum(count_incoming)::BIGINT AS incoming, sum(count_answered)::BIGINT AS answered
FROM agg_call_hour
WHERE company_id = $company AND started_on >= $first AND started_on < $until
GROUP BY started_on, hour_at
ORDER BY started_on, hour_at

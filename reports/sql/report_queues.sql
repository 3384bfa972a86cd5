-- Queue figures of a period with the reasons: passes of incoming calls, which belong to the period of their call.
SELECT
    queue,
    sum(count_offered)::BIGINT AS offered,
    sum(count_answered)::BIGINT AS answered,
    sum(count_abandoned)::BIGINT AS abandoned,
    sum(count_timeout)::BIGINT AS timeout,
    sum(count_empty)::BIGINT AS empty,
    sum(count_key)::BIGINT AS "key",
    sum(count_withdrawn)::BIGINT AS withdrawn,
    sum(count_open)::BIGINT AS open,
    sum(count_lost)::BIGINT AS lost,
    sum(talk_seconds)::BIGINT AS talk_seconds,
    sum(count_talk_known)::BIGINT AS talk_known,
    sum(wait_seconds)::BIGINT AS wait_seconds,
    max(longest_wait_seconds)::BIGINT AS longest_wait_seconds
FROM agg_queue_day
WHERE company_id = $company AND started_on >= $first AND started_on < $until
GROUP BY queue
HAVING sum(count_offered) > 0
ORDER BY queue

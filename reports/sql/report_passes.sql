-- Queue passes of a period's calls: every pass but a call's first is a re-entry (a queue it was in before) or an
-- overflow (another queue).
WITH call AS (
    SELECT call_id, direction, count(*) AS passes, count(DISTINCT queue) AS queues
    FROM fct_queue_pass
    WHERE company_id = $company AND started_on >= $first AND started_on < $until
    GROUP BY call_id, direction
)

SELECT
    coalesce(sum(passes), 0)::BIGINT AS passes,
    coalesce(sum(passes - queues) FILTER (direction = 'incoming'), 0)::BIGINT AS re_entries,
    coalesce(sum(queues - 1) FILTER (direction = 'incoming'), 0)::BIGINT AS overflows,
    coalesce(sum(passes) FILTER (direction <> 'incoming'), 0)::BIGINT AS not_incoming
FROM call

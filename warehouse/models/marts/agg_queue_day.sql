SELECT
    company_id,
    pbx,
    queue,
    started_on,
    count(*) FILTER (direction = 'incoming')::INTEGER AS count_offered,
    count(*) FILTER (direction = 'incoming' AND is_answered)::INTEGER AS count_answered,
    count(*) FILTER (direction <> 'incoming')::INTEGER AS count_not_incoming,
    coalesce(sum(talk_seconds) FILTER (direction = 'incoming'), 0)::BIGINT AS talk_seconds,
    coalesce(sum(wait_seconds) FILTER (direction = 'incoming'), 0)::BIGINT AS wait_seconds,
    count(*) FILTER (direction = 'incoming' AND is_answered AND talk_seconds IS NOT NULL)::INTEGER AS count_talk_known,
    coalesce(max(wait_seconds) FILTER (direction = 'incoming'), 0)::INTEGER AS longest_wait_seconds,
    count(*) FILTER (direction = 'incoming' AND outcome = 'abandoned')::INTEGER AS count_abandoned,
    count(*) FILTER (direction = 'incoming' AND outcome = 'timeout')::INTEGER AS count_timeout,
    count(*) FILTER (direction = 'incoming' AND outcome = 'empty')::INTEGER AS count_empty,
    count(*) FILTER (direction = 'incoming' AND outcome = 'key')::INTEGER AS count_key,
    count(*) FILTER (direction = 'incoming' AND outcome = 'withdrawn')::INTEGER AS count_withdrawn,
    count(*) FILTER (direction = 'incoming' AND outcome = 'open')::INTEGER AS count_open,
    count(*) FILTER (direction = 'incoming' AND outcome = 'lost')::INTEGER AS count_lost
FROM marts.fct_queue_pass
SEMI JOIN int_touched_day USING (started_on)
GROUP BY company_id, pbx, queue, started_on

-- Company figures of a period, one row per Company and bucket: the whole period, a local day or a local hour.
-- Every configured Company has its row for the whole period; 'unassigned' only where it has calls.
-- Outgoing figures are unknown where a PBX that carried the Company's calls in the period does not tell them.
WITH known AS (
    SELECT c.company_id,
        coalesce(bool_and(p.is_outgoing_known), (SELECT bool_or(is_outgoing_known) FROM dim_pbx)) AS is_outgoing_known
    FROM dim_company AS c
    LEFT JOIN agg_call_hour AS a
        ON a.company_id = c.company_id AND a.started_on >= $first AND a.started_on < $until
    LEFT JOIN dim_pbx AS p USING (pbx)
    GROUP BY c.company_id
)
SELECT
    c.company_id,
    c.timezone,
    CASE $bucket WHEN 'day' THEN CAST(a.started_on AS TIMESTAMP) WHEN 'hour' THEN a.hour_at END AS bucket_at,
    coalesce(sum(a.count_incoming), 0)::BIGINT AS incoming,
    coalesce(sum(a.count_queued), 0)::BIGINT AS queued,
    coalesce(sum(a.count_answered), 0)::BIGINT AS answered,
    CASE WHEN k.is_outgoing_known THEN coalesce(sum(a.count_outgoing), 0)::BIGINT END AS outgoing,
    CASE WHEN k.is_outgoing_known THEN coalesce(sum(a.count_successful), 0)::BIGINT END AS outgoing_successful,
    coalesce(sum(a.incoming_talk_seconds), 0)::BIGINT AS incoming_talk_seconds,
    CASE WHEN k.is_outgoing_known THEN coalesce(sum(a.outgoing_talk_seconds), 0)::BIGINT END AS outgoing_talk_seconds,
    coalesce(sum(a.count_incoming_talk_known), 0)::BIGINT AS incoming_talk_known,
    coalesce(sum(a.count_outgoing_talk_known), 0)::BIGINT AS outgoing_talk_known,
    coalesce(sum(a.count_abandoned), 0)::BIGINT AS abandoned,
    coalesce(sum(a.count_timeout), 0)::BIGINT AS timeout,
    coalesce(sum(a.count_empty), 0)::BIGINT AS empty,
    coalesce(sum(a.count_key), 0)::BIGINT AS "key",
    coalesce(sum(a.count_withdrawn), 0)::BIGINT AS withdrawn,
    coalesce(sum(a.count_queue_refused), 0)::BIGINT AS queue_refused,
    coalesce(sum(a.count_closed), 0)::BIGINT AS closed,
    coalesce(sum(a.count_refused), 0)::BIGINT AS refused,
    coalesce(sum(a.count_no_answer_direct), 0)::BIGINT AS no_answer_direct,
    coalesce(sum(a.count_callback_asked), 0)::BIGINT AS callback_asked,
    coalesce(sum(a.count_ivr_served), 0)::BIGINT AS ivr_served,
    coalesce(sum(a.count_ivr), 0)::BIGINT AS ivr,
    coalesce(sum(a.count_ended_before_queue), 0)::BIGINT AS ended_before_queue,
    coalesce(sum(a.count_open), 0)::BIGINT AS open,
    coalesce(sum(a.count_lost), 0)::BIGINT AS lost,
    coalesce(sum(a.count_abandoned_short), 0)::BIGINT AS abandoned_short,
    coalesce(sum(a.count_within_service_level), 0)::BIGINT AS within_service_level,
    coalesce(sum(a.wait_seconds), 0)::BIGINT AS wait_seconds,
    coalesce(sum(a.count_wait_known), 0)::BIGINT AS wait_known,
    coalesce(max(a.longest_wait_seconds), 0)::BIGINT AS longest_wait_seconds,
    coalesce(sum(a.count_transferred), 0)::BIGINT AS transferred,
    coalesce(sum(a.count_without_cdr), 0)::BIGINT AS without_cdr,
    coalesce(sum(a.count_talk_upper_bound), 0)::BIGINT AS talk_upper_bound,
    coalesce(sum(a.count_internal), 0)::BIGINT AS internal
FROM dim_company AS c
LEFT JOIN agg_call_hour AS a
    ON a.company_id = c.company_id AND a.started_on >= $first AND a.started_on < $until
JOIN known AS k ON k.company_id = c.company_id
WHERE ($company IS NULL OR c.company_id = $company)
GROUP BY c.company_id, c.timezone, k.is_outgoing_known, bucket_at
HAVING CASE WHEN $bucket = 'period' THEN c.company_id <> 'unassigned' OR count(a.company_id) > 0 ELSE bucket_at IS NOT NULL END
ORDER BY c.company_id = 'unassigned', c.company_id, bucket_at

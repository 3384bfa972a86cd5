SELECT
    c.pbx || ':' || c.call_uniqueid AS call_id,
    c.pbx,
    c.company_id,
    c.direction,
    CASE
        WHEN c.direction = 'outgoing' THEN if(c.is_customer_answered, 'successful', 'not_successful')
        WHEN c.direction = 'internal' THEN if(c.count_answers > 0, 'answered', coalesce(c.last_outcome, 'not_queued'))
        WHEN c.count_answers > 0 THEN 'answered'
        WHEN c.last_outcome = 'open' AND c.is_without_cdr THEN 'open'
        -- Who was promised a call is waiting for it, however he left the queue.
        WHEN c.hint = 'callback_asked' THEN 'callback_asked'
        -- The CDR is written when a call ends: a pass without an end in such a call was cut.
        WHEN c.last_outcome = 'open' THEN 'lost'
        WHEN c.count_passes > 0 THEN c.last_outcome
        WHEN c.has_operator_leg THEN 'no_answer_direct'
        WHEN NOT c.is_pbx_answered AND NOT c.is_without_cdr THEN 'refused'
        ELSE coalesce(c.hint, 'ended_before_queue')
    END AS outcome,
    c.started_at,
    c.ended_at,
    CAST(c.local_started_at AS DATE) AS started_on,
    date_trunc('hour', c.local_started_at) - to_seconds(c.offset_seconds) AS hour_at,
    c.utc_on,
    c.first_queue AS queue,
    c.did,
    c.operator,
    f.caller_key,
    f.caller_masked,
    c.count_passes::INTEGER AS count_passes,
    c.count_transfers::INTEGER AS count_transfers,
    CASE
        WHEN coalesce(c.connected_at, c.passes_ended_at) < c.entered_at THEN 0 -- a clock was set back
        ELSE epoch(coalesce(c.connected_at, c.passes_ended_at) - c.entered_at)::INTEGER
    END AS wait_seconds,
    CASE
        WHEN c.direction = 'outgoing' AND c.is_customer_answered THEN c.customer_talk_seconds
        WHEN c.direction <> 'outgoing' AND c.count_answers > 0 THEN c.operator_talk_seconds::INTEGER
    END AS talk_seconds,
    c.direction = 'incoming' AND c.count_passes > 0 AS is_queued,
    c.direction = 'incoming' AND c.count_answers > 0 AS is_answered,
    c.direction = 'outgoing' AND c.is_customer_answered AS is_successful,
    if(c.direction = 'outgoing', c.is_customer_answered AND c.customer_talk_seconds IS NOT NULL,
        c.count_answers > 0 AND c.is_operator_talk_known) AS is_talk_known,
    c.direction = 'outgoing' AND c.is_customer_answered AND c.is_operator_first AND NOT c.is_without_cdr
        AS is_talk_upper_bound,
    c.direction = 'incoming' AND c.count_answers = 0 AND coalesce(c.last_outcome = 'abandoned'
        AND c.hint IS DISTINCT FROM 'callback_asked'
        AND epoch(c.passes_ended_at - c.entered_at) < c.short_abandon_seconds, FALSE) AS is_abandoned_short,
    c.direction = 'incoming' AND c.count_passes > 0
        AND coalesce(epoch(c.connected_at - c.entered_at) <= c.service_level_seconds, FALSE) AS is_within_service_level,
    c.is_without_cdr,
    c.has_open_pass AND c.is_without_cdr AS is_open,
    c.first_event_at,
    c.last_event_at
FROM int_company_call AS c
LEFT JOIN int_phone AS f ON f.number = c.other_number AND f.country = coalesce(c.country, '')

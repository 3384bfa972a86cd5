-- A digest of all figures of each Company's months, read from the published file: it changes with any of them.
SELECT company_id, strftime(started_on, '%Y-%m') AS month, md5(string_agg(figures, chr(10) ORDER BY started_on, figures))
FROM (
    SELECT company_id, started_on, concat_ws('|', 'hour', hour_at, sum(count_incoming), sum(count_queued),
        sum(count_answered), sum(count_outgoing), sum(count_successful), sum(incoming_talk_seconds),
        sum(outgoing_talk_seconds), sum(count_abandoned), sum(count_timeout), sum(count_empty), sum(count_key),
        sum(count_withdrawn), sum(count_queue_refused), sum(count_closed), sum(count_refused),
        sum(count_no_answer_direct), sum(count_ivr), sum(count_ended_before_queue), sum(count_open), sum(count_lost),
        sum(count_within_service_level), sum(wait_seconds),
        -- By name, and only where there are any: a month of before has the digest it had.
        if(sum(count_callback_asked) > 0, 'callback_asked ' || sum(count_callback_asked), NULL),
        if(sum(count_ivr_served) > 0, 'ivr_served ' || sum(count_ivr_served), NULL)) AS figures
    FROM agg_call_hour GROUP BY company_id, started_on, hour_at
    UNION ALL
    SELECT company_id, started_on, concat_ws('|', 'queue', queue, sum(count_offered), sum(count_answered),
        sum(talk_seconds), sum(wait_seconds))
    FROM agg_queue_day GROUP BY company_id, started_on, queue
    UNION ALL
    SELECT company_id, started_on, concat_ws('|', 'operator', operator, sum(count_offered), sum(count_answered),
        sum(talk_seconds), sum(wait_seconds))
    FROM agg_operator_day GROUP BY company_id, started_on, operator
)
GROUP BY ALL

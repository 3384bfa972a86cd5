-- incoming = answered + the sum of the reasons, per Company and day, always.
SELECT company_id, started_on, sum(count_incoming)::BIGINT AS incoming, sum(count_answered)::BIGINT AS answered,
    sum(count_abandoned + count_timeout + count_empty + count_key + count_withdrawn + count_queue_refused
        + count_closed + count_refused + count_no_answer_direct + count_callback_asked + count_ivr_served + count_ivr
        + count_ended_before_queue + count_open + count_lost)::BIGINT AS reasons
FROM marts.agg_call_hour
GROUP BY company_id, started_on
HAVING incoming <> answered + reasons
ORDER BY company_id, started_on

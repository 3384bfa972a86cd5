-- The figures a closed day is compared by. Grain: one Company, one local day with calls. As text, and listed one
-- by one: a figure that a later version adds must not make every closed day look changed.
CREATE OR REPLACE TEMP VIEW day_figures AS
SELECT company_id, started_on, CAST(to_json({
    incoming: sum(count_incoming), queued: sum(count_queued), answered: sum(count_answered),
    outgoing: sum(count_outgoing), outgoing_successful: sum(count_successful),
    incoming_talk_seconds: sum(incoming_talk_seconds), outgoing_talk_seconds: sum(outgoing_talk_seconds),
    abandoned: sum(count_abandoned), timeout: sum(count_timeout), empty: sum(count_empty), "key": sum(count_key),
    withdrawn: sum(count_withdrawn), queue_refused: sum(count_queue_refused), closed: sum(count_closed),
    refused: sum(count_refused), no_answer_direct: sum(count_no_answer_direct), ivr: sum(count_ivr),
    ended_before_queue: sum(count_ended_before_queue), open: sum(count_open), lost: sum(count_lost),
    within_service_level: sum(count_within_service_level), wait_seconds: sum(wait_seconds)
}) AS VARCHAR) AS figures
FROM marts.agg_call_hour
GROUP BY company_id, started_on

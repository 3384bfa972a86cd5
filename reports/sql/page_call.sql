-- One call, of one Company.
SELECT
    call_id, company_id, direction, outcome, started_at, ended_at, queue,
    if(did IN (SELECT value FROM dim_mapping WHERE kind = 'did'), did, regexp_replace(did, '\d{5,}(\d{2})', '***\1'))
        AS did,
    operator, caller_masked, count_passes, count_transfers, wait_seconds, talk_seconds, is_abandoned_short,
    is_talk_upper_bound, is_without_cdr
FROM fct_call
WHERE company_id = $company AND call_id = $call

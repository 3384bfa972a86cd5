-- The calls behind a figure, oldest first.
SELECT
    call_id, company_id, direction, outcome, started_at, ended_at, queue, did, operator, caller_masked,
    count_passes, count_transfers, wait_seconds, talk_seconds, is_abandoned_short, is_talk_upper_bound
FROM fct_call
WHERE started_on >= $first AND started_on < $until
    AND ($company IS NULL OR company_id = $company)
    AND ($outcome IS NULL OR outcome = $outcome)
    AND CASE WHEN $direction IS NULL THEN direction <> 'internal' ELSE direction = $direction END
ORDER BY started_at, call_id

-- Incoming calls nobody answered, oldest first. Of the numbers reached, only those of the settings are in clear: a
-- dial plan may have put another there.
SELECT started_at, caller_masked, outcome, queue,
    if(did IN (SELECT value FROM dim_mapping WHERE kind = 'did'), did, regexp_replace(did, '\d{5,}(\d{2})', '***\1'))
        AS did,
    count_passes, wait_seconds, is_abandoned_short, call_id
FROM fct_call
WHERE company_id = $company AND started_on >= $first AND started_on < $until
    AND direction = 'incoming' AND NOT is_answered
ORDER BY started_at, call_id
LIMIT $limit

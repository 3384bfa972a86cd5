-- Calls of the period that belong to no Company, of every PBX, by the queue or DID the settings should map.
SELECT
    pbx,
    CASE WHEN queue IS NOT NULL THEN 'queue' WHEN did IS NOT NULL THEN 'did' END AS kind,
    coalesce(queue, did) AS value,
    count(*)::BIGINT AS calls
FROM fct_call
WHERE company_id = 'unassigned' AND direction <> 'internal' AND started_on >= $first AND started_on < $until
GROUP BY ALL
ORDER BY calls DESC, pbx, kind NULLS LAST, value

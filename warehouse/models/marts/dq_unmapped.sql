SELECT if(queue IS NOT NULL, 'queue', 'did') AS kind, coalesce(queue, did) AS value, pbx,
    count(*)::BIGINT AS count_calls, min(started_at) AS first_at, max(started_at) AS last_at
FROM marts.fct_call
WHERE company_id = 'unassigned' AND direction = 'incoming' AND coalesce(queue, did) IS NOT NULL
GROUP BY ALL

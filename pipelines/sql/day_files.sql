-- The log files a UTC day's lines came from, by where they were last seen.
SELECT event_on, list_sort(list(DISTINCT path))
FROM (
    SELECT CAST(logged_at AS DATE) AS event_on, _source
    FROM raw.queue_log WHERE logged_at >= $first AND logged_at < $until
    UNION
    SELECT CAST(started_at AS DATE), _source
    FROM raw.cdr WHERE started_at >= $first AND started_at < $until
) AS line
JOIN raw.source ON source_id = _source
GROUP BY event_on

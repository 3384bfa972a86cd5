-- Raw lines and CDR rows by UTC day.
SELECT event_on, count(*)
FROM (
    SELECT CAST(logged_at AS DATE) AS event_on FROM raw.queue_log WHERE logged_at >= $first AND logged_at < $until
    UNION ALL
    SELECT CAST(started_at AS DATE) FROM raw.cdr WHERE started_at >= $first AND started_at < $until
)
GROUP BY event_on

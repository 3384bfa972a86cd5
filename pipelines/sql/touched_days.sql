-- Days that calls with lines on a day of $built began on, where that is an earlier day.
SELECT DISTINCT call.utc_on
FROM (
    SELECT utc_on, CAST(last_event_at AS DATE) AS last_on
    FROM marts.fct_call
    WHERE CAST(last_event_at AS DATE) > utc_on
) AS call
SEMI JOIN (SELECT unnest($built::DATE[]) AS built_on) AS day
    ON day.built_on > call.utc_on AND day.built_on <= call.last_on

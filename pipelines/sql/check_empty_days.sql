-- Days without a call, of a PBX that has many on the days before and after, or on the same weekday a week before
-- and after: a call centre that is closed on Sundays is as it should be, a log that is missing is not.
WITH counted AS (
    SELECT pbx, utc_on, count(*) AS calls FROM marts.fct_call GROUP BY ALL
),
day AS (
    SELECT pbx, CAST(unnest(generate_series(min(utc_on), max(utc_on), INTERVAL 1 DAY)) AS DATE) AS utc_on
    FROM counted GROUP BY pbx
),
every_day AS (
    SELECT pbx, utc_on, coalesce(calls, 0) AS calls FROM day LEFT JOIN counted USING (pbx, utc_on)
),
around AS (
    SELECT *,
        least(lag(calls, 1) OVER days, lead(calls, 1) OVER days) AS next_to_it,
        least(lag(calls, 7) OVER days, lead(calls, 7) OVER days) AS same_weekday,
        (lag(calls, 1) OVER days + lead(calls, 1) OVER days) / 2 AS average_next_to_it,
        (lag(calls, 7) OVER days + lead(calls, 7) OVER days) / 2 AS average_same_weekday
    FROM every_day
    WINDOW days AS (PARTITION BY pbx ORDER BY utc_on)
)
SELECT pbx, utc_on, round(greatest(average_next_to_it, average_same_weekday))::BIGINT
FROM around
WHERE calls = 0 AND greatest(next_to_it, same_weekday) >= 10
ORDER BY pbx, utc_on

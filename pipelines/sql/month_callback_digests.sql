-- A digest of each Company's months of callbacks; months without any have none.
SELECT company_id, month, md5(string_agg(figures, chr(10) ORDER BY figures))
FROM (
    SELECT company_id, strftime(opened_on, '%Y-%m') AS month, concat_ws('|', opened_on, outcome,
        coalesce(operator, ''), count(*), sum(count_missed_calls), sum(count_attempts), sum(to_callback_seconds)) AS figures
    FROM fct_callback GROUP BY company_id, opened_on, outcome, operator
    UNION ALL
    SELECT company_id, strftime(opened_on, '%Y-%m'), concat_ws('|', opened_on, coalesce(operator, ''), count(*),
        sum(talk_seconds))
    FROM fct_callback_attempt GROUP BY company_id, opened_on, operator
)
GROUP BY ALL

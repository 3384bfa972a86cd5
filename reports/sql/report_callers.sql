-- Who called: equal numbers have equal keys, a hidden number has none.
SELECT
    count(DISTINCT caller_key)::BIGINT AS distinct_callers,
    count(*) FILTER (caller_key IS NULL)::BIGINT AS hidden
FROM fct_call
WHERE direction = 'incoming' AND company_id = $company AND started_on >= $first AND started_on < $until

-- The local days to add up again: of the calls as they were and as they are.
CREATE OR REPLACE TEMP TABLE int_touched_day AS
SELECT DISTINCT started_on
FROM (
    SELECT started_on FROM int_known_call
    UNION ALL
    SELECT CAST(local_started_at AS DATE) FROM int_company_call
)

-- The Company a report is about.
SELECT company_id, name, timezone, service_level_seconds, short_abandon_seconds
FROM dim_company
WHERE company_id = $company

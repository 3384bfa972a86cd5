SELECT company_id, name, timezone, country, service_level_seconds, short_abandon_seconds
FROM setting_company

SELECT kind, value, company_id, nullif(valid_from, TIMESTAMP '1970-01-01') AS valid_from_at,
    nullif(valid_until, TIMESTAMP '2200-01-01') AS valid_until_at
FROM setting_mapping

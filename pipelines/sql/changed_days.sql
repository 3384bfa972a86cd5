-- Closed days whose figures are not what they were: (company_id, started_on, version, before, after).
SELECT closing.company_id, closing.started_on, closing.version, closing.figures AS before, day.figures AS after
FROM ledger.closing AS closing
LEFT JOIN day_figures AS day USING (company_id, started_on)
WHERE ($company IS NULL OR closing.company_id = $company)
    AND closing.version = (
        SELECT max(version) FROM ledger.closing AS other
        WHERE other.company_id = closing.company_id AND other.started_on = closing.started_on
    )
    AND closing.figures IS DISTINCT FROM day.figures
ORDER BY ALL

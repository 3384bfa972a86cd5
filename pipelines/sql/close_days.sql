-- Closes every day of a Company up to $last that is not closed yet; a day without calls has no figures.
INSERT INTO ledger.closing
SELECT $company, day.started_on, 1, $now, figures.figures
FROM (
    SELECT CAST(unnest(generate_series(
        coalesce((SELECT min(started_on) FROM day_figures WHERE company_id = $company), $last), $last, INTERVAL 1 DAY
    )) AS DATE) AS started_on
) AS day
LEFT JOIN day_figures AS figures ON figures.company_id = $company AND figures.started_on = day.started_on
WHERE day.started_on NOT IN (SELECT started_on FROM ledger.closing WHERE company_id = $company)

-- What the logs have as the caller's number of some calls, by uniqueid.
SELECT DISTINCT pbx, uniqueid, number
FROM (
    SELECT pbx, uniqueid, detail AS number FROM stg_queue_event WHERE kind = 'enter'
    UNION ALL
    SELECT pbx, uniqueid, src FROM stg_cdr WHERE is_from_trunk
)
SEMI JOIN (SELECT unnest($pbxs) AS pbx, unnest($uniqueids) AS uniqueid) USING (pbx, uniqueid)
WHERE number <> ''

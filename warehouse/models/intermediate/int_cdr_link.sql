-- Two uniqueids of one call, told by the CDR: its linkedid.
CREATE OR REPLACE TEMP TABLE int_cdr_link AS
SELECT DISTINCT pbx, uniqueid, linkedid AS other_uniqueid, 'cdr' AS source
FROM int_leg
WHERE linkedid IS NOT NULL AND linkedid <> uniqueid

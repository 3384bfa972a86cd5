-- The uniqueids in hand. The calls they belong to may reach beyond the range, and have other uniqueids.
CREATE OR REPLACE TEMP TABLE int_scope AS
SELECT DISTINCT pbx, uniqueid, FALSE AS is_extra
FROM (
    SELECT pbx, uniqueid FROM int_event
    WHERE kind NOT IN ('restart', 'state') AND uniqueid NOT IN ('', 'NONE')
    UNION ALL SELECT pbx, uniqueid FROM int_leg
)

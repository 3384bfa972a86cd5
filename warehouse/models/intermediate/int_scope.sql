-- The uniqueids in hand. A call that reaches beyond the range is completed by int_scope_extra.
CREATE OR REPLACE TEMP TABLE int_scope AS
SELECT DISTINCT pbx, uniqueid, FALSE AS is_extra
FROM (SELECT pbx, uniqueid FROM int_event UNION ALL SELECT pbx, uniqueid FROM int_leg)

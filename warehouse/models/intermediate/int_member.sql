-- The uniqueids that share a call. `root` orders them by age: a uniqueid is [name-]epoch.sequence.
CREATE OR REPLACE TEMP TABLE int_member AS
SELECT pbx, uniqueid,
    struct_pack(
        epoch := coalesce(try_cast(regexp_extract(uniqueid, '(\d+)\.\d+$', 1) AS BIGINT), 9223372036854775807),
        sequence := coalesce(try_cast(regexp_extract(uniqueid, '(\d+)$', 1) AS BIGINT), 0),
        uniqueid := uniqueid
    ) AS root
FROM (SELECT DISTINCT pbx, uniqueid FROM int_edge)

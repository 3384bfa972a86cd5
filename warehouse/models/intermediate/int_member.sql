-- The channels that share a call, with the key of the call's oldest one: a uniqueid is [name-]epoch.sequence.
CREATE OR REPLACE TEMP TABLE int_member AS
SELECT channel_key,
    struct_pack(
        epoch := coalesce(try_cast(regexp_extract(uniqueid, '(\d+)\.\d+$', 1) AS BIGINT), 9223372036854775807),
        sequence := coalesce(try_cast(regexp_extract(uniqueid, '(\d+)$', 1) AS BIGINT), 0),
        uniqueid := uniqueid,
        channel_key := channel_key
    ) AS root
FROM int_scope
SEMI JOIN int_edge USING (channel_key)

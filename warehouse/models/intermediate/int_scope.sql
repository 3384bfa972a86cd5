-- The channels in hand, by a short key of PBX and uniqueid: joining numbers costs half of joining names.
-- The calls they belong to may reach beyond the range, and have other channels.
CREATE OR REPLACE TEMP TABLE int_scope AS
SELECT channel_key, any_value(pbx) AS pbx, any_value(uniqueid) AS uniqueid, FALSE AS is_extra,
    min(other_key) <> max(other_key) AS is_collision
FROM (
    SELECT channel_key, pbx, uniqueid, hash(uniqueid, pbx) AS other_key FROM stg_queue_event
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
        AND kind NOT IN ('restart', 'state') AND uniqueid NOT IN ('', 'NONE')
    UNION ALL SELECT channel_key, pbx, uniqueid, hash(uniqueid, pbx) FROM int_leg
)
GROUP BY channel_key

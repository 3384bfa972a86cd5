-- All facts of the callbacks that new facts are about. An entry is known by the missed call that opened it: the relay's
-- numbers begin again where its store is another one.
CREATE OR REPLACE TEMP TABLE int_callback_fact AS
WITH fact AS (
    SELECT *
    FROM stg_relay_facts
    WHERE callback_id IN (SELECT callback FROM raw.dirty_callback)
        AND kind <> 'callback_noted'
),
opened AS (
    SELECT callback_id, call_id, happened_at FROM fact WHERE kind = 'callback_opened'
)
SELECT f.* REPLACE (coalesce(o.call_id, f.call_id) AS call_id)
FROM fact AS f
ASOF LEFT JOIN opened AS o
    ON f.kind IN ('callback_joined', 'callback_asked') AND o.callback_id = f.callback_id AND f.happened_at >= o.happened_at

-- One row per call that has a CDR: what its legs say together. A view of the calls in hand.
CREATE OR REPLACE TEMP VIEW int_call_leg AS
WITH leg AS (
    SELECT l.*, coalesce(m.call_key, l.channel_key) AS call_key,
        -- The root's rows before the others, then by start, then as written.
        if(m.call_key IS NULL OR m.call_key = l.channel_key, 0, 4611686018427387904)
            + epoch(l.started_at)::BIGINT * 536870912 + l._offset % 536870912 AS leg_key
    FROM int_leg AS l
    LEFT JOIN int_member AS m USING (channel_key)
)
SELECT
    call_key,
    min(started_at) AS started_at,
    max(started_at) AS last_started_at,
    max(ended_at) AS ended_at,
    arg_min(CASE
        WHEN is_from_trunk THEN 'trunk'
        WHEN is_to_trunk AND is_local AND ends_with(channel, ';2') THEN 'local half'
        ELSE 'phone'
    END, leg_key) AS first_from,
    arg_min_null(src, leg_key) AS first_src,
    arg_min_null(coalesce(nullif(did, ''), dst), leg_key) AS first_called,
    coalesce(arg_min_null(account_code, leg_key), min(account_code)) AS account_code,
    arg_min(CASE
        WHEN NOT is_from_trunk AND NOT is_local THEN channel
        WHEN NOT is_to_trunk AND dstchannel <> '' AND NOT starts_with(dstchannel, 'Local/') THEN dstchannel
    END, leg_key) AS operator_channel,
    arg_min(dst, leg_key) FILTER (is_to_trunk) AS customer_number,
    bool_or(is_to_trunk) AS has_trunk_leg,
    bool_or(is_to_trunk AND is_answered) AS is_customer_answered,
    sum(billsec) FILTER (is_to_trunk AND is_answered) AS customer_talk_seconds,
    bool_or(answered_at IS NOT NULL) AS is_pbx_answered,
    bool_or(dstchannel <> '' AND NOT is_to_trunk) AS has_operator_leg,
    bool_or(is_local) AS has_local_channel,
    arg_min(hint, hint_rank(hint)) AS hint,
    bool_or(is_marked_callback) AS is_marked_callback
FROM leg
GROUP BY call_key

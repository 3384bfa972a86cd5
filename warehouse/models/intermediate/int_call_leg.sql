-- One row per call that has a CDR: what its legs say together.
CREATE OR REPLACE TEMP TABLE int_call_leg AS
WITH leg AS (
    SELECT l.*, coalesce(m.call_uniqueid, l.uniqueid) AS call_uniqueid,
        -- The root's rows before the others, then by start, then as written.
        if(m.call_uniqueid IS NULL OR m.call_uniqueid = l.uniqueid, 0, 4611686018427387904)
            + epoch(l.started_at)::BIGINT * 536870912 + l._offset % 536870912 AS leg_key
    FROM int_leg AS l
    LEFT JOIN int_member AS m USING (pbx, uniqueid)
)
SELECT
    pbx, call_uniqueid,
    min(started_at) AS started_at,
    max(ended_at) AS ended_at,
    arg_min(struct_pack(channel, dstchannel, is_from_trunk, is_to_trunk, src, dst, did, account_code), leg_key) AS first_leg,
    arg_min(CASE
        WHEN NOT is_from_trunk AND NOT starts_with(channel, 'Local/') THEN channel
        WHEN NOT is_to_trunk AND dstchannel <> '' AND NOT starts_with(dstchannel, 'Local/') THEN dstchannel
    END, leg_key) AS operator_channel,
    min(account_code) AS any_account_code,
    min(src) FILTER (is_from_trunk) AS trunk_src,
    arg_min(dst, leg_key) FILTER (is_to_trunk) AS customer_number,
    bool_or(is_to_trunk) AS has_trunk_leg,
    bool_or(is_to_trunk AND is_answered) AS is_customer_answered,
    sum(billsec) FILTER (is_to_trunk AND is_answered) AS customer_talk_seconds,
    bool_or(answered_at IS NOT NULL) AS is_pbx_answered,
    bool_or(dstchannel <> '' AND NOT is_to_trunk) AS has_operator_leg,
    bool_or(starts_with(channel, 'Local/')) AS has_local_channel,
    max(CASE
        WHEN regexp_matches(userfield, '(?i)\bqueue_refused\b') THEN 'queue_refused'
        WHEN regexp_matches(userfield, '(?i)\bclosed\b') THEN 'closed'
        WHEN regexp_matches(userfield, '(?i)\bivr\b') THEN 'ivr'
    END) FILTER (userfield <> '') AS hint,
    coalesce(bool_or(regexp_matches(userfield, '(?i)\b(callback|click-to-call|click2call)\b')) FILTER (userfield <> ''), FALSE)
        AS is_marked_callback
FROM leg
GROUP BY pbx, call_uniqueid

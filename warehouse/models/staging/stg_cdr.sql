-- One row per CDR row: a leg pair, not a call. Times are UTC: answer and end share the offset of start.
CREATE OR REPLACE VIEW stg_cdr AS
SELECT
    c.pbx,
    c._source,
    c._offset,
    c.started_at,
    c.answer + (c.started_at - c."start") AS answered_at,
    coalesce(c."end" + (c.started_at - c."start"), c.started_at + to_seconds(coalesce(c.duration, 0))) AS ended_at,
    coalesce(nullif(c.uniqueid, ''), c._run) AS uniqueid,
    hash(c.pbx, coalesce(nullif(c.uniqueid, ''), c._run), getvariable('key_salt')) AS channel_key,
    c.uniqueid IS NULL OR c.uniqueid = '' AS is_without_uniqueid,
    nullif(c.linkedid, '') AS linkedid,
    c.channel,
    coalesce(c.dstchannel, '') AS dstchannel,
    c.lastapp,
    c.lastdata,
    c.src,
    c.dst,
    c.did,
    nullif(c.accountcode, '') AS account_code,
    CASE
        WHEN c.userfield = '' OR c.userfield IS NULL THEN NULL
        WHEN regexp_matches(c.userfield, '(?i)\bcallback_asked\b') THEN 'callback_asked'
        WHEN regexp_matches(c.userfield, '(?i)\bqueue_refused\b') THEN 'queue_refused'
        WHEN regexp_matches(c.userfield, '(?i)\bivr_served\b') THEN 'ivr_served'
        WHEN regexp_matches(c.userfield, '(?i)\bclosed\b') THEN 'closed'
        WHEN regexp_matches(c.userfield, '(?i)\bivr\b') THEN 'ivr'
    END AS hint,
    c.userfield <> '' AND regexp_matches(c.userfield, '(?i)\b(callback|click-to-call|click2call)\b') AS is_marked_callback,
    starts_with(c.channel, 'Local/') AS is_local,
    c.billsec,
    c.disposition = 'ANSWERED' AND coalesce(c.dstchannel, '') <> '' AS is_answered,
    is_trunk(c.pbx, c.channel) AS is_from_trunk,
    coalesce(is_trunk(c.pbx, c.dstchannel), FALSE) AS is_to_trunk
FROM stg_as_delivered_cdr AS c

-- Members that are Local channels: the queue sees no transfer behind them, so its talk runs on. The Local
-- half's own legs tell: the first one answered is the operator's and caps the talk, later ones are transfers.
-- A half is the member of one pass: that which connected as its first leg was answered. One that begins after
-- the queue connected is no member, but what a feature code consulted.
CREATE OR REPLACE TEMP TABLE int_local_leg AS
WITH leg AS (
    SELECT l.channel, l.dstchannel, l.is_to_trunk, l.billsec, l.started_at, l._offset,
        coalesce(l.answered_at, l.started_at) AS answered_at,
        coalesce(m.call_key, l.channel_key) AS call_key
    FROM int_leg AS l
    LEFT JOIN int_member AS m USING (channel_key)
    WHERE l.is_answered AND starts_with(l.channel, 'Local/') AND ends_with(l.channel, ';2')
),
half AS (
    SELECT call_key, channel, min(started_at) AS started_at, min(answered_at) AS answered_at
    FROM leg
    GROUP BY call_key, channel
),
member AS (
    SELECT h.call_key, h.channel, p.pass_key, p.ended_at
    FROM half AS h
    JOIN int_queue_pass AS p
        ON p.call_key = h.call_key AND p.is_answered
        AND h.started_at BETWEEN p.entered_at - INTERVAL 1 SECOND AND p.connected_at
    QUALIFY row_number() OVER (
        PARTITION BY h.call_key, h.channel
        ORDER BY abs(epoch(h.answered_at - p.connected_at)), p.pass_key DESC
    ) = 1
)
SELECT l.call_key, m.pass_key, l.dstchannel, l.is_to_trunk, l.billsec, l.answered_at,
    row_number() OVER (PARTITION BY l.call_key, m.pass_key ORDER BY l.started_at, l._offset) AS leg_number
FROM leg AS l
JOIN member AS m USING (call_key, channel)
WHERE l.started_at <= coalesce(m.ended_at, l.started_at)

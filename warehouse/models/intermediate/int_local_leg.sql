-- Members that are Local channels: the queue sees no transfer behind them, so its talk runs on. The Local
-- half's own legs tell: the first one answered is the operator's and caps the talk, later ones are transfers.
-- A Local half that begins after the queue connected is no member, but what a feature code consulted.
CREATE OR REPLACE TEMP TABLE int_local_leg AS
SELECT p.call_key, p.pass_key, l.dstchannel, l.is_to_trunk, l.billsec,
    coalesce(l.answered_at, l.started_at) AS answered_at,
    row_number() OVER (PARTITION BY p.call_key, p.pass_key ORDER BY l.started_at, l._offset) AS leg_number
FROM (
    SELECT l.*, coalesce(m.call_key, l.channel_key) AS call_key
    FROM int_leg AS l
    LEFT JOIN int_member AS m USING (channel_key)
    WHERE l.is_answered AND starts_with(l.channel, 'Local/') AND ends_with(l.channel, ';2')
) AS l
JOIN int_queue_pass AS p
    ON p.call_key = l.call_key AND p.is_answered
    AND l.started_at >= p.entered_at - INTERVAL 1 SECOND AND l.started_at <= coalesce(p.ended_at, l.started_at)
QUALIFY min(l.started_at) OVER (PARTITION BY p.call_key, p.pass_key) <= p.connected_at

-- Answered operator legs of incoming calls outside a queue: a direct line, or after a transfer. An attended
-- transfer leaves the new leg's lastapp at Queue: such a row counts from the transfer. It starts there, or, where
-- the operator pressed a feature code, with the consultation, which is the operator's talk. Of several transfers
-- of a call it is the last one's before it.
CREATE OR REPLACE TEMP TABLE int_direct_leg AS
WITH leg AS (
    SELECT l.*, coalesce(m.call_key, l.channel_key) AS call_key
    FROM int_leg AS l
    LEFT JOIN int_member AS m USING (channel_key)
    WHERE l.is_answered AND l.is_from_trunk AND NOT l.is_to_trunk
),
counted AS (
    SELECT call_key, answered_at, started_at, billsec, dstchannel FROM leg
    WHERE lastapp IS DISTINCT FROM 'Queue'
    UNION ALL
    SELECT l.call_key, greatest(l.answered_at, p.ended_at), l.started_at,
        least(l.billsec, epoch(l.ended_at - p.ended_at)::INTEGER), l.dstchannel
    FROM leg AS l
    JOIN (SELECT * FROM int_queue_pass WHERE closing_event = 'ATTENDEDTRANSFER') AS p
        ON p.call_key = l.call_key AND l.started_at > p.connected_at AND l.ended_at > p.ended_at
    -- Where the transfer went to another queue, that pass has the talk.
    ANTI JOIN int_queue_pass AS other
        ON other.call_key = l.call_key AND other.pass_key <> p.pass_key
        AND other.connected_at BETWEEN l.started_at - INTERVAL 2 SECOND AND l.ended_at
    WHERE l.lastapp = 'Queue'
    QUALIFY row_number() OVER (PARTITION BY l._source, l._offset ORDER BY p.pass_key DESC) = 1
    UNION ALL
    SELECT call_key, answered_at, answered_at, billsec, dstchannel FROM int_local_leg
    WHERE leg_number > 1 AND NOT is_to_trunk
)
SELECT call_key, coalesce(answered_at, started_at) AS answered_at, billsec AS talk_seconds,
    regexp_replace(dstchannel, '-[0-9a-f]{8,}(;[12])?$', '') AS interface
FROM counted

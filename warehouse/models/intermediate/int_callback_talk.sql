-- The relay knows when the customer of a callback answered. A callback is a day at most away from its facts.
CREATE OR REPLACE TEMP TABLE int_callback_talk AS
SELECT pbx, 'callback-' || claim AS uniqueid, round(min(talk_seconds))::INTEGER AS talk_seconds
FROM stg_relay_facts
WHERE kind = 'callback_ended' AND talk_seconds IS NOT NULL
    AND happened_at >= (SELECT min(started_at) FROM int_call) - INTERVAL 1 DAY
    AND happened_at <= (SELECT max(started_at) FROM int_call) + INTERVAL 2 DAY
GROUP BY ALL

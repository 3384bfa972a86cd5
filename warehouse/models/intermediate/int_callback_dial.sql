-- The relay knows whose entry a dial was for, and when its customer answered. A dial is a day at most away from its
-- facts; the lines of the calls in hand lie between reach_from and reach_until.
CREATE OR REPLACE TEMP TABLE int_callback_dial AS
SELECT f.pbx, 'callback-' || f.claim AS uniqueid, min(s.company_id) AS company_id,
    round(min(f.talk_seconds) FILTER (f.kind = 'callback_ended'))::INTEGER AS talk_seconds
FROM stg_relay_facts AS f
LEFT JOIN setting_company AS s ON s.company_id = f.company_id
WHERE f.claim IS NOT NULL AND starts_with(f.kind, 'callback_')
    AND f.happened_at >= getvariable('reach_from') - INTERVAL 1 DAY
    AND f.happened_at <= getvariable('reach_until') + INTERVAL 2 DAY
GROUP BY ALL

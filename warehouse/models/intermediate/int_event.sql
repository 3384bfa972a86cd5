-- queue_log events in hand: those logged in [range_from, range_until) and the other lines of the same calls.
-- A view: reading raw lines again costs less than keeping events.
CREATE OR REPLACE TEMP VIEW int_event AS
SELECT e.* EXCLUDE (words_id, agent), w.* EXCLUDE (words_id)
FROM (
    SELECT * FROM stg_queue_event
    WHERE logged_at >= getvariable('range_from') AND logged_at < getvariable('range_until')
    UNION ALL
    SELECT * FROM int_extra_event
) AS e
JOIN int_words AS w USING (words_id)
ANTI JOIN int_erased USING (channel_key)

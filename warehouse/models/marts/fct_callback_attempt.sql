WITH dial AS (
    SELECT call_id, claim,
        min(pbx) AS pbx,
        min(company_id) AS named_company,
        min(operator) AS operator,
        min(happened_at) FILTER (kind = 'callback_claimed') AS claimed_at,
        min(happened_at) FILTER (kind = 'callback_dialled') AS dialled_at,
        min(happened_at) FILTER (kind = 'callback_attempted') AS attempted_at,
        min(coalesce(result, reason)) FILTER (kind IN ('callback_attempted', 'callback_returned')) AS result,
        min(nth) FILTER (kind = 'callback_attempted') AS nth,
        min(talk_seconds) FILTER (kind = 'callback_ended') AS talk_seconds
    FROM int_callback_fact
    WHERE claim IS NOT NULL
    GROUP BY ALL
    HAVING dialled_at IS NOT NULL OR attempted_at IS NOT NULL
),
entry AS (
    SELECT call_id, min(callback_id) AS callback_id, min(happened_at) AS opened_at
    FROM int_callback_fact
    WHERE kind = 'callback_opened'
    GROUP BY ALL
)
SELECT
    d.claim,
    d.call_id,
    e.callback_id,
    d.pbx || ':callback-' || d.claim AS dialled_call_id,
    d.pbx,
    s.company_id,
    CAST(e.opened_at + to_seconds(z.offset_seconds) AS DATE) AS opened_on,
    d.operator,
    d.claimed_at,
    coalesce(d.dialled_at, d.attempted_at) AS dialled_at,
    d.result,
    d.attempted_at IS NOT NULL AS is_attempt,
    coalesce(d.result = 'answered', FALSE) AS is_answered,
    if(d.result = 'answered', d.attempted_at, NULL) AS answered_at,
    d.nth,
    round(d.talk_seconds)::INTEGER AS talk_seconds
FROM dial AS d
JOIN entry AS e USING (call_id)
JOIN setting_company AS s
    ON s.company_id = if(d.named_company IN (SELECT company_id FROM setting_company), d.named_company, 'unassigned')
JOIN setting_zone_all AS z
    ON z.timezone = s.timezone AND e.opened_at >= z.from_at AND e.opened_at < z.until_at

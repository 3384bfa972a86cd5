WITH claim AS (
    SELECT call_id, claim,
        min(happened_at) FILTER (kind = 'callback_dialled') AS dialled_at,
        min(happened_at) FILTER (kind = 'callback_attempted') AS attempted_at,
        bool_or(result = 'unknown') AS is_unknown
    FROM int_callback_fact
    WHERE claim IS NOT NULL
    GROUP BY ALL
),
tried AS (
    SELECT call_id, count(*)::INTEGER AS count_claims, count(attempted_at)::INTEGER AS count_attempts,
        min(coalesce(dialled_at, attempted_at)) FILTER (attempted_at IS NOT NULL) AS attempted_at,
        coalesce(bool_or(is_unknown), FALSE) AS has_unknown_attempt
    FROM claim
    GROUP BY ALL
),
entry AS (
    SELECT call_id,
        min(callback_id) FILTER (kind = 'callback_opened') AS callback_id,
        min(pbx) AS pbx,
        min(company_id) FILTER (kind = 'callback_opened') AS named_company,
        any_value(caller_key) FILTER (kind = 'callback_opened') AS caller_key,
        min(happened_at) FILTER (kind = 'callback_opened') AS opened_at,
        min(reason) FILTER (kind = 'callback_opened') AS reason,
        coalesce(bool_or(is_vip), FALSE) AS is_vip,
        coalesce(bool_or(kind = 'callback_asked'), FALSE) AS is_asked,
        greatest(coalesce(max(count_missed), 1), 1)::INTEGER AS count_missed_calls,
        coalesce(arg_min(outcome, happened_at) FILTER (kind = 'callback_closed'), 'open') AS outcome,
        min(happened_at) FILTER (kind = 'callback_closed') AS closed_at,
        arg_min_null(operator, happened_at) FILTER (kind = 'callback_closed') AS operator
    FROM int_callback_fact
    GROUP BY ALL
),
called AS (
    SELECT e.*, coalesce(t.count_claims, 0) AS count_claims, coalesce(t.count_attempts, 0) AS count_attempts,
        coalesce(t.has_unknown_attempt, FALSE) AS has_unknown_attempt,
        -- Reached without an attempt: by a call of an operator's own, or as an operator said.
        least(t.attempted_at, if(e.outcome = 'reached', e.closed_at, NULL)) AS called_back_at
    FROM entry AS e
    LEFT JOIN tried AS t USING (call_id)
    WHERE e.opened_at IS NOT NULL
)
SELECT
    c.call_id,
    c.callback_id,
    c.pbx,
    s.company_id,
    CAST(c.opened_at + to_seconds(z.offset_seconds) AS DATE) AS opened_on,
    c.opened_at,
    c.caller_key,
    c.reason,
    c.is_vip,
    c.is_asked,
    c.outcome,
    c.closed_at,
    c.operator,
    c.count_missed_calls,
    c.count_claims,
    c.count_attempts,
    c.has_unknown_attempt,
    c.called_back_at,
    if(c.called_back_at < c.opened_at, 0, epoch(c.called_back_at - c.opened_at))::INTEGER AS to_callback_seconds
FROM called AS c
JOIN setting_company AS s
    ON s.company_id = if(c.named_company IN (SELECT company_id FROM setting_company), c.named_company, 'unassigned')
JOIN setting_zone_all AS z
    ON z.timezone = s.timezone AND c.opened_at >= z.from_at AND c.opened_at < z.until_at

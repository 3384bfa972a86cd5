-- Whose call it is: the first rule that answers. The settings' mappings have validity dates.
CREATE OR REPLACE TEMP TABLE int_company_call AS
WITH call AS (
    SELECT *,
        ltrim(coalesce(nullif(told_did, ''), if(direction = 'incoming', first_dst, NULL)), '+') AS did_digits,
        if(direction = 'outgoing', first_interface, NULL) AS calling_interface
    FROM int_call
),
owned AS (
    SELECT
        c.* EXCLUDE (first_dst, told_did, did_digits, account_code, first_interface, calling_interface,
            answering_operator, has_trunk_leg, caller_number, customer_number, customer_talk_seconds, is_operator_first),
        -- Where the operator's phone is answered first, the CDR counts from there; the relay from the customer's answer.
        if(c.is_customer_answered AND t.talk_seconds IS NOT NULL, least(t.talk_seconds, c.customer_talk_seconds),
            c.customer_talk_seconds) AS customer_talk_seconds,
        c.is_operator_first AND t.talk_seconds IS NULL AS is_operator_first,
        coalesce(t.company_id, q.company_id, d.company_id, a.company_id, o.company_id, 'unassigned') AS company_id,
        -- A transfer rewrites dst, perhaps to a person's number: unmapped, it is shown only where none happened.
        CASE
            WHEN c.direction <> 'incoming' THEN NULL
            WHEN c.has_trunk_leg OR c.count_transfers > 0 THEN d.value
            ELSE coalesce(d.value, nullif(c.told_did, ''), c.first_dst)
        END AS did,
        CASE WHEN c.direction = 'outgoing' OR c.count_answers > 0 THEN
            coalesce(o.operator, regexp_replace(
                coalesce(c.calling_interface, c.answering_operator), '\d{5,}(\d{2})', '***\1'
            ))
        END AS operator,
        if(c.direction = 'outgoing', c.customer_number, c.caller_number) AS other_number
    FROM call AS c
    LEFT JOIN setting_mapping AS q
        ON q.kind = 'queue' AND q.value = c.first_queue
        AND c.started_at >= q.valid_from AND c.started_at < q.valid_until
    LEFT JOIN setting_mapping AS d
        ON d.kind = 'did' AND d.value_digits = c.did_digits
        AND c.started_at >= d.valid_from AND c.started_at < d.valid_until
    LEFT JOIN setting_mapping AS a
        ON a.kind = 'account_code' AND a.value = c.account_code
        AND c.started_at >= a.valid_from AND c.started_at < a.valid_until
    LEFT JOIN int_callback_dial AS t ON t.pbx = c.pbx AND t.uniqueid = c.call_uniqueid
    LEFT JOIN setting_agent AS o
        ON o.agent = coalesce(c.calling_interface, c.answering_operator, c.first_interface)
)
SELECT
    o.*,
    CAST(o.started_at AS DATE) AS utc_on,
    o.started_at + to_seconds(z.offset_seconds) AS local_started_at,
    z.offset_seconds, s.country, s.service_level_seconds, s.short_abandon_seconds
FROM owned AS o
JOIN setting_company AS s USING (company_id)
JOIN setting_zone AS z
    ON z.timezone = s.timezone AND o.started_at >= z.from_at AND o.started_at < z.until_at

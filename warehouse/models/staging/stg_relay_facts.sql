-- The relay's facts. Its words for the callback queue are docs/api.md's.
CREATE OR REPLACE VIEW stg_relay_facts AS
SELECT _source, _offset, call_id, split_part(call_id, ':', 1) AS pbx, kind, "key" AS fact_key,
    company AS company_id, happened_at, recorded_at,
    TRY_CAST(left(number_key, 32) AS UUID) AS caller_key,
    callback AS callback_id,
    json_extract_string(data, '$.uniqueid') AS uniqueid,
    json_extract_string(data, '$.queue') AS queue,
    json_extract_string(data, '$.operator') AS operator,
    json_extract_string(data, '$.reason') AS reason,
    json_extract_string(data, '$.claim') AS claim,
    json_extract_string(data, '$.result') AS result,
    json_extract_string(data, '$.outcome') AS outcome,
    TRY_CAST(json_extract_string(data, '$.nth') AS INTEGER) AS nth,
    TRY_CAST(json_extract_string(data, '$.missed') AS INTEGER) AS count_missed,
    TRY_CAST(json_extract_string(data, '$.talkSeconds') AS DOUBLE) AS talk_seconds,
    TRY_CAST(json_extract_string(data, '$.isVip') AS BOOLEAN) AS is_vip,
    TRY_CAST(json_extract_string(data, '$.isAnswered') AS BOOLEAN) AS is_answered,
    TRY_CAST(json_extract_string(data, '$.isQueued') AS BOOLEAN) AS is_queued,
    TRY_CAST(json_extract_string(data, '$.isOutcomeKnown') AS BOOLEAN) AS is_outcome_known
FROM raw.relay_facts

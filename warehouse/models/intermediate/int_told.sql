-- What the dial plan said of a uniqueid: what became of it, the DID, an outgoing call (QueueUpdate).
CREATE OR REPLACE TEMP TABLE int_told AS
SELECT channel_key,
    any_value(pbx) AS pbx,
    arg_min(hint, hint_rank(hint)) AS hint,
    min(detail) FILTER (kind = 'did') AS did,
    min(queue) FILTER (kind <> 'did' AND queue NOT IN ('', 'NONE')) AS queue,
    bool_or(kind = 'outcall') AS is_outcall,
    bool_or(kind = 'outcall' AND regexp_matches(detail, '^(?i)(ANSWER|CONNECT|COMPLETE)')) AS is_outcall_answered,
    sum(talk_seconds) FILTER (kind = 'outcall') AS outcall_talk_seconds,
    min(operator) FILTER (kind = 'outcall') AS outcall_operator,
    min(logged_at) AS first_event_at,
    max(logged_at) AS last_event_at
FROM (
    SELECT *, CASE
        WHEN kind <> 'hint' THEN NULL
        WHEN event IN ('CALLBACK_ASKED', 'IVR_SERVED', 'CLOSED', 'IVR') THEN lower(event)
        ELSE 'queue_refused'
    END AS hint
    FROM int_event
)
WHERE kind IN ('hint', 'did', 'outcall') AND uniqueid NOT IN ('', 'NONE')
GROUP BY channel_key

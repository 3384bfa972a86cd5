-- The data fields differ by event and, for transfers, by shape: those are read from the right.
-- Facts: Asterisk's apps/app_queue.c.
CREATE OR REPLACE VIEW stg_queue_event AS
SELECT
    pbx,
    _source,
    _offset,
    logged_at,
    fields[2] AS uniqueid,
    fields[3] AS queue,
    fields[4] AS agent,
    event,
    CASE
        WHEN event = 'ENTERQUEUE' THEN 'enter'
        WHEN event = 'CONNECT' THEN 'connect'
        WHEN event IN ('COMPLETECALLER', 'COMPLETEAGENT', 'BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER')
            THEN 'complete'
        WHEN event IN ('ABANDON', 'EXITEMPTY', 'EXITWITHTIMEOUT', 'EXITWITHKEY', 'WITHDRAW') THEN 'leave'
        WHEN event IN ('RINGNOANSWER', 'RINGCANCELED', 'AGENTDUMP') THEN 'ring'
        WHEN event IN ('IVR', 'CLOSED', 'QUEUE_REFUSED', 'QUEUEREFUSED', 'JOINEMPTY', 'FULL') THEN 'hint'
        WHEN event IN ('OUTCALL', 'DID', 'QUEUESTART') THEN lower(event)
        ELSE 'other'
    END AS kind,
    CASE WHEN event IN ('ENTERQUEUE', 'DID') THEN fields[if(event = 'DID', 6, 7)] END AS number,
    CASE WHEN event = 'OUTCALL' THEN fields[6] END AS status,
    CASE
        WHEN event IN ('CONNECT', 'COMPLETECALLER', 'COMPLETEAGENT') THEN try_cast(fields[6] AS INTEGER)
        WHEN event IN ('ABANDON', 'EXITEMPTY', 'EXITWITHTIMEOUT', 'WITHDRAW') THEN try_cast(fields[8] AS INTEGER)
        WHEN event = 'EXITWITHKEY' THEN try_cast(fields[9] AS INTEGER)
        WHEN event IN ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER') THEN try_cast(fields[-3] AS INTEGER)
    END AS wait_seconds,
    CASE
        WHEN event IN ('COMPLETECALLER', 'COMPLETEAGENT', 'OUTCALL') THEN try_cast(fields[7] AS INTEGER)
        WHEN event IN ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER') THEN try_cast(fields[-2] AS INTEGER)
    END AS talk_seconds,
    fields[6] AS reason
FROM (
    SELECT *, fields[5] AS event
    FROM (SELECT *, string_split(line, '|') AS fields FROM raw.queue_log)
)

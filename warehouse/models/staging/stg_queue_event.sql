-- The data fields differ by event: this table is where each one's are. Fields count from 1, the data from 6;
-- of transfers, whose shapes differ, they are counted from the right. Facts: Asterisk's apps/app_queue.c.
-- `detail` is ENTERQUEUE's caller number, the DID, OUTCALL's status or the reason of a pause.
CREATE OR REPLACE VIEW stg_queue_event AS
WITH shape (event, kind, wait_field, talk_field, detail_field) AS (
    VALUES
    ('ENTERQUEUE', 'enter', NULL, NULL, 7),
    ('CONNECT', 'connect', 6, NULL, NULL),
    ('COMPLETECALLER', 'complete', 6, 7, NULL),
    ('COMPLETEAGENT', 'complete', 6, 7, NULL),
    ('BLINDTRANSFER', 'complete', -3, -2, NULL),
    ('ATTENDEDTRANSFER', 'complete', -3, -2, NULL),
    ('TRANSFER', 'complete', -3, -2, NULL),
    ('ABANDON', 'leave', 8, NULL, NULL),
    ('EXITEMPTY', 'leave', 8, NULL, NULL),
    ('EXITWITHTIMEOUT', 'leave', 8, NULL, NULL),
    ('WITHDRAW', 'leave', 8, NULL, NULL),
    ('EXITWITHKEY', 'leave', 9, NULL, NULL),
    ('RINGNOANSWER', 'ring', NULL, NULL, NULL),
    ('RINGCANCELED', 'ring', NULL, NULL, NULL),
    ('AGENTDUMP', 'ring', NULL, NULL, NULL),
    ('IVR', 'hint', NULL, NULL, NULL),
    ('CLOSED', 'hint', NULL, NULL, NULL),
    ('QUEUE_REFUSED', 'hint', NULL, NULL, NULL),
    ('QUEUEREFUSED', 'hint', NULL, NULL, NULL),
    ('JOINEMPTY', 'hint', NULL, NULL, NULL),
    ('JOINUNAVAIL', 'hint', NULL, NULL, NULL),
    ('FULL', 'hint', NULL, NULL, NULL),
    ('DID', 'did', NULL, NULL, 6),
    ('OUTCALL', 'outcall', NULL, 7, 6),
    ('QUEUESTART', 'restart', NULL, NULL, NULL),
    ('PAUSE', 'state', NULL, NULL, 6),
    ('UNPAUSE', 'state', NULL, NULL, 6),
    ('PAUSEALL', 'state', NULL, NULL, 6),
    ('UNPAUSEALL', 'state', NULL, NULL, 6),
    ('ADDMEMBER', 'state', NULL, NULL, 6),
    ('REMOVEMEMBER', 'state', NULL, NULL, 6),
    ('AGENTLOGIN', 'state', NULL, NULL, 6),
    ('AGENTLOGOFF', 'state', NULL, NULL, 6)
)
SELECT
    line.pbx,
    line._source,
    line._offset,
    line.logged_at,
    line.fields[2] AS uniqueid,
    hash(line.pbx, line.fields[2], getvariable('key_salt')) AS channel_key,
    line.fields[3] AS queue,
    line.fields[4] AS agent,
    shape.event,
    shape.kind,
    line.fields[shape.detail_field] AS detail,
    TRY_CAST(line.fields[shape.wait_field] AS INTEGER) AS wait_seconds,
    TRY_CAST(line.fields[shape.talk_field] AS INTEGER) AS talk_seconds
FROM (SELECT *, string_split(line, '|') AS fields FROM raw.queue_log) AS line
JOIN shape ON shape.event = line.fields[5]

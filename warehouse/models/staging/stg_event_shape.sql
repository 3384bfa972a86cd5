-- The data fields differ by event: this table is where each one's are. Data fields count from 1;
-- those of transfers, whose shapes differ, from the right. Facts: Asterisk's apps/app_queue.c.
-- detail_field is ENTERQUEUE's caller number, the DID, OUTCALL's status or the reason of a pause.
CREATE OR REPLACE VIEW stg_event_shape AS
SELECT * FROM (
    VALUES
    ('ENTERQUEUE', 'enter', NULL, NULL, 2),
    ('CONNECT', 'connect', 1, NULL, NULL),
    ('COMPLETECALLER', 'complete', 1, 2, NULL),
    ('COMPLETEAGENT', 'complete', 1, 2, NULL),
    ('BLINDTRANSFER', 'complete', -3, -2, NULL),
    ('ATTENDEDTRANSFER', 'complete', -3, -2, NULL),
    ('TRANSFER', 'complete', -3, -2, NULL),
    ('ABANDON', 'leave', 3, NULL, NULL),
    ('EXITEMPTY', 'leave', 3, NULL, NULL),
    ('EXITWITHTIMEOUT', 'leave', 3, NULL, NULL),
    ('WITHDRAW', 'leave', 3, NULL, NULL),
    ('EXITWITHKEY', 'leave', 4, NULL, NULL),
    ('RINGNOANSWER', 'ring', NULL, NULL, NULL),
    ('RINGCANCELED', 'ring', NULL, NULL, NULL),
    ('AGENTDUMP', 'ring', NULL, NULL, NULL),
    ('CALLBACK_ASKED', 'hint', NULL, NULL, NULL),
    ('IVR_SERVED', 'hint', NULL, NULL, NULL),
    ('IVR', 'hint', NULL, NULL, NULL),
    ('CLOSED', 'hint', NULL, NULL, NULL),
    ('QUEUE_REFUSED', 'hint', NULL, NULL, NULL),
    ('QUEUEREFUSED', 'hint', NULL, NULL, NULL),
    ('JOINEMPTY', 'hint', NULL, NULL, NULL),
    ('JOINUNAVAIL', 'hint', NULL, NULL, NULL),
    ('FULL', 'hint', NULL, NULL, NULL),
    ('DID', 'did', NULL, NULL, 1),
    ('OUTCALL', 'outcall', NULL, 2, 1),
    ('QUEUESTART', 'restart', NULL, NULL, NULL),
    ('PAUSE', 'state', NULL, NULL, 1),
    ('UNPAUSE', 'state', NULL, NULL, 1),
    ('PAUSEALL', 'state', NULL, NULL, 1),
    ('UNPAUSEALL', 'state', NULL, NULL, 1),
    ('ADDMEMBER', 'state', NULL, NULL, 1),
    ('REMOVEMEMBER', 'state', NULL, NULL, 1),
    ('AGENTLOGIN', 'state', NULL, NULL, 1),
    ('AGENTLOGOFF', 'state', NULL, NULL, 1)
) AS shape (event, kind, wait_field, talk_field, detail_field)

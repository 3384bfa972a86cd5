-- CDR rows as they were delivered, with the words that rows share.
CREATE OR REPLACE VIEW stg_as_delivered_cdr AS
SELECT w.pbx, c._source, c._offset, c._loaded_at, c.started_at, w.accountcode, c.src, c.dst, w.dcontext, c.clid, c.channel,
    c.dstchannel, w.lastapp, c.lastdata, c."start", c.answer, c."end", c.duration, c.billsec, w.disposition, w.amaflags,
    c.uniqueid, c.userfield, c.linkedid, c.sequence, c.peeraccount, c.did, c.recordingfile, c._run
FROM raw.cdr AS c
JOIN raw.cdr_words AS w USING (words_id)

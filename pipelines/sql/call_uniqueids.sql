-- All uniqueids of some calls, each with its call, as far as the logs link them.
WITH RECURSIVE link AS (
    SELECT pbx, uniqueid, other_uniqueid FROM intermediate.call_link
    UNION
    SELECT pbx, other_uniqueid, uniqueid FROM intermediate.call_link
),
member (call_id, pbx, uniqueid) AS (
    SELECT call_id, pbx, substr(call_id, length(pbx) + 2)
    FROM (SELECT unnest($calls) AS call_id, unnest($pbxs) AS pbx)
    UNION
    SELECT m.call_id, m.pbx, l.other_uniqueid
    FROM member AS m
    JOIN link AS l USING (pbx, uniqueid)
)
SELECT call_id, uniqueid FROM member ORDER BY ALL

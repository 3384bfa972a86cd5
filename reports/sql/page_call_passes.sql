-- The queue passes of a call, in order.
SELECT queue, outcome, entered_at, connected_at, ended_at, closing_event, operator, rung_operators, wait_seconds, talk_seconds
FROM fct_queue_pass
WHERE company_id = $company AND call_id = $call
ORDER BY entered_at, queue

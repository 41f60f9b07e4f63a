-- Which callers had to call again within 7 days, and what they had been told.
-- title: Who had to call again | من عاود الاتصال
-- grain: one row a selected call that was followed by the caller's next, worst first
-- columns:
--   call_id          call      Call | المكالمة | the first of the two calls
--   started_at       timestamp Time | الوقت | when it began
--   agent_id         text      Agent | الموظف | who answered
--   vendor           text      Vendor | الشركة المشغّلة | the company that answers
--   service_channel  text      Channel | القناة | hotline, branch … as told
--   queue            text      Queue | الطابور | the queue
--   resolution       code      Ended with | انتهت بـ | resolution of the first call; null: not judged
--   brush_off_score  score     Score | الدرجة | brush-off score of the first call
--   promised         boolean   Promised | فيها وعد | the agent promised something
--   next_call_id     call      Next call | المكالمة التالية | the call in which the caller came back
--   next_agent_id    text      Answered by | أجابها | who answered that
--   days             decimal   Days after | بعد أيام | from the first call to the next
--   matched_by       code      Matched by | المطابقة | same_ticket or same_caller
--   closed_untold    boolean   Closed untold | أُغلقت دون إبلاغ | the caller learns on calling again that the ticket is closed, and nobody had called in between
SELECT
    calls.call_id, calls.started_at, calls.agent_id, calls.vendor, calls.service_channel,
    calls.queue, calls.resolution, calls.brush_off_score, promises.call_id IS NOT NULL AS promised,
    contacts.next_call_id, next_calls.agent_id AS next_agent_id,
    epoch(contacts.next_started_at - calls.started_at) / 86400.0 AS days, contacts.matched_by,
    closing.call_id IS NOT NULL AND contacts.matched_by = 'same_ticket' AS closed_untold
FROM selected_calls AS calls
JOIN next_contacts AS contacts ON contacts.call_id = calls.call_id
JOIN calls AS next_calls ON next_calls.call_id = contacts.next_call_id
LEFT JOIN (SELECT DISTINCT call_id FROM commitments) AS promises ON promises.call_id = calls.call_id
LEFT JOIN (SELECT DISTINCT call_id FROM flags_that_count WHERE label = 'unresolved_closure')
    AS closing ON closing.call_id = contacts.next_call_id
WHERE within_7_days AND NOT next_outbound
ORDER BY closed_untold DESC, calls.brush_off_score DESC NULLS LAST, calls.started_at, calls.call_id

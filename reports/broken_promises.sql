-- The promises after which the caller had to call again.
-- title: Broken promises | وعود لم تتم
-- grain: one row a judged call with a promise whose caller returned within 7 days, newest first
-- columns:
--   call_id          call      Call | المكالمة | the call with the promise
--   started_at       timestamp Time | الوقت | when it began
--   agent_id         text      Agent | الموظف | who promised
--   vendor           text      Vendor | الشركة المشغّلة | the company that answers
--   service_channel  text      Channel | القناة | hotline, branch … as told
--   queue            text      Queue | الطابور | the queue
--   turn_index       integer   Turn | الرد | the turn of the first promise
--   start_ms         offset_ms At | عند | where it is heard, from the start of the recording
--   promise          quote     Promise | الوعد | what the agent said
--   deadline         quote     Deadline | الموعد | the time promised, in the agent's words; null: none
--   next_call_id     call      Next call | المكالمة التالية | the call in which the caller came back
--   next_agent_id    text      Answered by | أجابها | who answered that
--   days             decimal   Days after | بعد أيام | from the first call to the next
--   matched_by       code      Matched by | المطابقة | same_ticket or same_caller
WITH first_promise AS (
    SELECT
        call_id, min(turn_index) AS turn_index, arg_min(deadline, turn_index) AS deadline,
        min(start_ms) AS start_ms
    FROM commitments
    GROUP BY call_id
)
SELECT
    calls.call_id, calls.started_at, calls.agent_id, calls.vendor, calls.service_channel,
    calls.queue, first_promise.turn_index, first_promise.start_ms, turns.text AS promise,
    first_promise.deadline, outcomes.next_call_id, next_calls.agent_id AS next_agent_id,
    epoch(outcomes.next_started_at - calls.started_at) / 86400.0 AS days, outcomes.matched_by
FROM promise_outcomes AS outcomes
JOIN selected_calls AS calls ON calls.call_id = outcomes.call_id
JOIN calls AS next_calls ON next_calls.call_id = outcomes.next_call_id
JOIN first_promise ON first_promise.call_id = outcomes.call_id
LEFT JOIN turns
    ON turns.call_id = outcomes.call_id AND turns.turn_index = first_promise.turn_index
WHERE outcomes.caller_returned
ORDER BY calls.started_at DESC, calls.call_id

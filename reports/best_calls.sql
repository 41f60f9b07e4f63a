-- Whom to praise: calls that were handled well, with the words that show it.
-- title: Calls to praise | مكالمات تستحق الثناء
-- grain: one row a call, best first; at most three of each agent, and no call near the border
-- columns:
--   call_id          call      Call | المكالمة | the call
--   started_at       timestamp Time | الوقت | when it began
--   agent_id         text      Agent | الموظف | who answered
--   vendor           text      Vendor | الشركة المشغّلة | the company that answers
--   service_channel  text      Channel | القناة | hotline, branch … as told
--   queue            text      Queue | الطابور | the queue
--   brush_off_score  score     Score | الدرجة | brush-off score, 0 exemplary to 100
--   resolution       code      Ended with | انتهت بـ | resolved or committed
--   positives        codes     Shown | أبدى | kinds of good handling heard in the call
--   turn_index       integer   Turn | الرد | the turn that shows most of them
--   start_ms         offset_ms At | عند | where it is heard, from the start of the recording
--   text             quote     Words | النص | what the agent said there
WITH good AS (
    SELECT * FROM selected_calls
    WHERE status = 'audited' AND NOT brushed_off AND NOT unsure
      AND resolution IN ('resolved', 'committed')
      AND call_id NOT IN (SELECT call_id FROM selected_flags)
),
shown AS (
    SELECT
        call_id,
        list_sort(list_distinct(flatten(list(positives)))) AS positives,
        arg_max(turn_index, len(positives) - brush_off) AS turn_index
    FROM turns
    WHERE role = 'agent' AND len(positives) > 0 AND brush_off IS NOT NULL
    GROUP BY call_id
),
chosen AS (
    SELECT good.*, shown.positives, shown.turn_index
    FROM good
    JOIN shown ON shown.call_id = good.call_id
    QUALIFY row_number() OVER (
        PARTITION BY good.agent_id
        ORDER BY good.brush_off_score, len(shown.positives) DESC, good.call_id
    ) <= 3
)
SELECT
    chosen.call_id, started_at, agent_id, vendor, service_channel, queue, brush_off_score,
    resolution, chosen.positives, chosen.turn_index, turns.start_ms, turns.text
FROM chosen
JOIN turns ON turns.call_id = chosen.call_id AND turns.turn_index = chosen.turn_index
ORDER BY brush_off_score, len(chosen.positives) DESC, chosen.call_id

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
    SELECT call_id, agent_id, brush_off_score FROM selected_calls
    WHERE status = 'audited' AND NOT brushed_off AND NOT unsure
      AND resolution IN ('resolved', 'committed')
      AND call_id NOT IN (SELECT call_id FROM selected_flags)
),
kinds AS (
    SELECT DISTINCT turns.call_id, unnest(positives) AS kind
    FROM turns
    SEMI JOIN good ON good.call_id = turns.call_id
    WHERE role = 'agent' AND len(positives) > 0 AND brush_off IS NOT NULL
),
counted AS (SELECT call_id, count(*) AS kinds FROM kinds GROUP BY call_id),
best AS (
    SELECT good.call_id
    FROM good
    JOIN counted ON counted.call_id = good.call_id
    QUALIFY row_number() OVER (
        PARTITION BY good.agent_id
        ORDER BY good.brush_off_score, counted.kinds DESC, good.call_id
    ) <= 3
),
-- Lists are made of the chosen calls alone: those of all would have to fit in memory.
shown AS (
    SELECT
        call_id,
        list_sort(list_distinct(flatten(list(positives)))) AS positives,
        arg_max(turn_index, len(positives) - brush_off) AS turn_index
    FROM turns
    SEMI JOIN best ON best.call_id = turns.call_id
    WHERE role = 'agent' AND len(positives) > 0 AND brush_off IS NOT NULL
    GROUP BY call_id
)
SELECT
    calls.call_id, calls.started_at, calls.agent_id, calls.vendor, calls.service_channel,
    calls.queue, calls.brush_off_score, calls.resolution, shown.positives, shown.turn_index,
    turns.start_ms, turns.text
FROM shown
JOIN selected_calls AS calls ON calls.call_id = shown.call_id
JOIN turns ON turns.call_id = shown.call_id AND turns.turn_index = shown.turn_index
ORDER BY brush_off_score, len(shown.positives) DESC, calls.call_id

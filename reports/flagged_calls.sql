-- Every flag with its evidence: which words, in which turn of which call.
-- title: Flagged moments | المواضع المرصودة
-- grain: one row a (call, turn, label); the worst calls first, within a call in order of time
-- columns:
--   call_id          call      Call | المكالمة | the call
--   started_at       timestamp Time | الوقت | when it began
--   agent_id         text      Agent | الموظف | who answered
--   vendor           text      Vendor | الشركة المشغّلة | the company that answers
--   service_channel  text      Channel | القناة | hotline, branch … as told
--   queue            text      Queue | الطابور | the queue
--   brushed_off      boolean   Brushed off | صُرف المتصل | verdict on the whole call
--   unsure           boolean   Near the border | على الحدّ | the call's score lies near the border
--   brush_off_score  score     Score | الدرجة | brush-off score of the call, 0 exemplary to 100
--   resolution       code      Ended with | انتهت بـ | resolution of the call
--   turn_index       integer   Turn | الرد | the flagged turn
--   start_ms         offset_ms At | عند | where it begins, from the start of the recording
--   end_ms           offset_ms until | حتى | where it ends
--   label            code      Kind | النوع | label of the taxonomy
--   label_score      probability Probability | الاحتمال | what the classifier gave the label; null where people added it
--   caller_text      quote     Caller before | المتصل قبلها | what the caller had said; null: nothing
--   text             quote     Agent | الموظف قال | what the agent said
--   evidence         words     Words that weighed most | أثقل الكلمات | of the agent's words
--   confirmed        boolean   Confirmed | أكّدها مراجع | people confirmed or added the flag
--   kind_sure        boolean   Kind sure | اتضح النوع | the probability reached the label's threshold, or people confirmed it; else the label is only the nearest
SELECT
    moments.call_id, moments.started_at, moments.agent_id, moments.vendor, moments.service_channel,
    moments.queue, moments.brushed_off, moments.unsure, moments.brush_off_score, moments.resolution,
    moments.turn_index, moments.start_ms, moments.end_ms, moments.label, moments.label_score,
    before.text AS caller_text, turns.text, moments.evidence, moments.confirmed,
    moments.kind_sure
FROM flagged_moments AS moments
LEFT JOIN turns ON turns.call_id = moments.call_id AND turns.turn_index = moments.turn_index
LEFT JOIN turns AS before
    ON before.call_id = moments.call_id AND before.turn_index = moments.turn_index - 1
    AND before.role = 'caller'
ORDER BY brush_off_score DESC, call_id, turn_index, label_score DESC NULLS LAST, label

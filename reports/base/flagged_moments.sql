-- The moments of flagged_calls, in any order, without what was said in them: words are looked up for those
-- alone that are shown.
-- grain: one row a (call, turn, label)
SELECT
    calls.call_id, calls.started_at, calls.agent_id, calls.vendor, calls.service_channel,
    calls.queue, calls.brushed_off, calls.unsure, calls.brush_off_score, calls.resolution,
    flags.turn_index, flags.start_ms, flags.end_ms, flags.label, flags.score AS label_score,
    flags.evidence, flags.confirmed, flags.kind_sure
FROM flags_that_count AS flags
JOIN selected_calls AS calls ON calls.call_id = flags.call_id
WHERE calls.status = 'audited'

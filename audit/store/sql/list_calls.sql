-- Which calls there are, worst first.
-- Grain: one row a call.
-- Parameters, null for any: $call_id, $status, $agent, $label, $brush_off, $limit.
WITH worst AS (
    SELECT call_id, arg_max(label, score) AS label, max(score) AS score
    FROM flags
    GROUP BY call_id
)
SELECT
    calls.call_id, started_at, agent_id, vendor, service_channel, status, unscorable_reason,
    brush_off, brush_off_unsure, brush_off_score, resolution,
    worst.label AS worst_label, worst.score AS worst_score,
    hold_ms, duration_ms, asr_confidence, path
FROM calls
LEFT JOIN worst USING (call_id)
WHERE ($call_id IS NULL OR calls.call_id = $call_id)
  AND ($status IS NULL OR status = $status)
  AND ($agent IS NULL OR agent_id = $agent)
  AND ($brush_off IS NULL OR brush_off = $brush_off)
  AND ($label IS NULL OR EXISTS (
        FROM flags WHERE flags.call_id = calls.call_id AND flags.label = $label))
ORDER BY brush_off_score DESC NULLS LAST, started_at, calls.call_id
LIMIT $limit

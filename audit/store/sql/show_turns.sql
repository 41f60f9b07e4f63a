-- The conversation of one call.
-- Grain: one row a turn, its flags as a list, strongest first.
-- Parameters: $call_id.
SELECT
    turns.turn_index, role, speaker, turns.start_ms, turns.end_ms, text, asr_confidence,
    brush_off, unsure, positives,
    (SELECT list({label: label, score: score, evidence: evidence} ORDER BY score DESC)
     FROM flags
     WHERE flags.call_id = turns.call_id AND flags.turn_index = turns.turn_index) AS flags
FROM turns
WHERE turns.call_id = $call_id
ORDER BY turns.turn_index

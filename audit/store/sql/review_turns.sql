-- The turns of one call as a reviewer needs them.
-- Grain: one row a turn, its flags as a list, strongest first.
-- Parameters: $call_id.
SELECT
    turn_index, role, channel, start_ms, end_ms, text, unsure, label_scores, positives,
    (SELECT list({label: label, score: score, threshold: threshold, evidence: evidence}
                 ORDER BY score DESC)
     FROM flags
     WHERE flags.call_id = turns.call_id AND flags.turn_index = turns.turn_index) AS flags
FROM turns
WHERE call_id = $call_id
ORDER BY turn_index

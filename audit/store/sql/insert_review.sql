-- Store what a reviewer said, beside what the machine had said of the same at that moment.
-- Parameters: $review_id, $call_id, $turn_index, $label, $verdict, $new_label, $resolution, $comment,
-- $reviewer, $blind, $sample_id, $listened_ms.
INSERT INTO reviews BY NAME
SELECT
    $review_id AS review_id, calls.call_id, $turn_index::INTEGER AS turn_index, $label AS label,
    $verdict AS verdict, $new_label AS new_label, $resolution AS resolution, $comment AS comment,
    $reviewer AS reviewer, $blind AS blind, $sample_id AS sample_id,
    $listened_ms::BIGINT AS listened_ms,
    runs.classifier AS model_version,
    now() AS reviewed_at,
    turns.start_ms AS turn_start_ms,
    sha256(turns.text) AS turn_sha256,
    CASE
        WHEN $turn_index IS NULL THEN calls.brush_off_score
        ELSE coalesce(flags.score, turns.label_scores[$label])
    END AS machine_score,
    CASE
        WHEN $turn_index IS NULL THEN calls.brush_off
        ELSE flags.label IS NOT NULL
    END AS machine_flagged
FROM calls
LEFT JOIN runs USING (run_id)
LEFT JOIN turns ON turns.call_id = calls.call_id AND turns.turn_index = $turn_index
LEFT JOIN flags ON flags.call_id = calls.call_id AND flags.turn_index = $turn_index
    AND flags.label = $label
WHERE calls.call_id = $call_id
RETURNING review_id

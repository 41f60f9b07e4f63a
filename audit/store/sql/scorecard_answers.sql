-- A reviewer's newest answers to one form about one call.
-- Grain: one row a criterion.
-- Parameters: $call_id, $reviewer, $scorecard_sha256.
SELECT criterion, answer, automatic_answer, comment
FROM scorecard_answers
WHERE call_id = $call_id AND reviewer = $reviewer AND scorecard_sha256 = $scorecard_sha256
QUALIFY row_number() OVER (
    PARTITION BY criterion ORDER BY answered_at DESC, answer_id DESC
) = 1
ORDER BY criterion

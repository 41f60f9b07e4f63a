-- What one reviewer's word on a call is now.
-- Grain: one row a (turn, label); the whole call has no turn_index.
-- Parameters: $call_id, $reviewer.
SELECT turn_index, label, verdict, new_label, resolution, comment, blind, reviewed_at
FROM current_reviews
WHERE call_id = $call_id AND reviewer = $reviewer
ORDER BY turn_index NULLS LAST, label

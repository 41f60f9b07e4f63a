-- Raise an appeal against the verdict that stands: that of people where they decided, else the machine's.
-- Parameters: $appeal_id, $call_id, $person, $comment.
INSERT INTO appeals BY NAME
SELECT
    $appeal_id AS appeal_id, calls.call_id, 'disputed' AS status, $person AS person,
    $comment AS comment,
    coalesce(
        (SELECT CASE WHEN sum(vote) > 0 THEN true WHEN sum(vote) < 0 THEN false END
         FROM (SELECT CASE verdict WHEN 'brush_off' THEN 1 WHEN 'proper' THEN -1 ELSE 0 END AS vote
               FROM judged_calls WHERE judged_calls.call_id = calls.call_id)),
        calls.brush_off
    ) AS brush_off,
    calls.brush_off_score AS score, runs.classifier AS model_version, now() AS recorded_at
FROM calls
LEFT JOIN runs USING (run_id)
WHERE calls.call_id = $call_id

-- Every audited call that people have judged, with its text, what they found of it, and the machine's flags.
-- Grain: one row a call. brush_off is what most reviewers said (null without a majority);
-- the verdict that a decided appeal left comes first.
WITH verdicts AS (
    SELECT
        call_id,
        sum(CASE verdict WHEN 'brush_off' THEN 1 WHEN 'proper' THEN -1 ELSE 0 END) AS balance
    FROM judged_calls
    GROUP BY call_id
),
judged AS (
    SELECT call_id FROM label_judgements
    UNION
    SELECT call_id FROM judged_calls
    UNION
    SELECT call_id FROM appealed_calls WHERE standing IS NOT NULL
)
SELECT
    calls.call_id,
    coalesce(
        appeals.standing, CASE WHEN balance > 0 THEN true WHEN balance < 0 THEN false END
    ) AS brush_off,
    (SELECT list({turn_index: turn_index, role: role, text: text} ORDER BY turn_index)
     FROM turns WHERE turns.call_id = calls.call_id) AS turns,
    (SELECT list({turn_index: turn_index, label: label} ORDER BY turn_index, label)
     FROM flags WHERE flags.call_id = calls.call_id) AS flags
FROM calls
SEMI JOIN judged ON judged.call_id = calls.call_id
LEFT JOIN verdicts ON verdicts.call_id = calls.call_id
LEFT JOIN appealed_calls AS appeals ON appeals.call_id = calls.call_id
WHERE calls.status = 'audited'
ORDER BY calls.call_id

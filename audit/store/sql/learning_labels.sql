-- What most reviewers found of each label of each agent turn: their newest words, and the silence of who
-- read a call to its end before the machine's opinion was shown.
-- Grain: one row a (call, turn, label) with a majority. Parameters: $labels.
WITH spoken AS (
    SELECT call_id, turn_index, label, reviewer, applies, stale FROM label_judgements
),
blind_calls AS (
    SELECT call_id, reviewer FROM blind_reviews WHERE turn_index IS NULL
),
silent AS (
    SELECT turns.call_id, turns.turn_index, labels.label, false AS applies
    FROM blind_calls
    JOIN turns ON turns.call_id = blind_calls.call_id AND turns.role = 'agent'
    CROSS JOIN (SELECT unnest($labels::VARCHAR[]) AS label) AS labels
    WHERE NOT EXISTS (
        FROM spoken
        WHERE spoken.call_id = blind_calls.call_id AND spoken.reviewer = blind_calls.reviewer
          AND (stale OR (spoken.turn_index = turns.turn_index AND spoken.label = labels.label))
    )
),
words AS (
    SELECT call_id, turn_index, label, applies FROM spoken WHERE NOT stale AND applies IS NOT NULL
    UNION ALL
    SELECT call_id, turn_index, label, applies FROM silent
)
SELECT call_id, turn_index, label, count(*) FILTER (applies) > count(*) FILTER (NOT applies) AS applies
FROM words
GROUP BY call_id, turn_index, label
HAVING count(*) FILTER (applies) <> count(*) FILTER (NOT applies)
ORDER BY call_id, turn_index, label

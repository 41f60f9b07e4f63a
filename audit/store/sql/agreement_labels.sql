-- What each reviewer found of each label of each agent turn of the calls that they judged, and the machine.
-- Grain: one row a (call, turn, label, reviewer). Of a call that a reviewer finished blind, what they said
-- before the machine's opinion was shown counts, and what they did not mark does not apply; of another
-- call, their newest word on what they spoke of.
-- Parameters: $labels.
WITH blind_calls AS (
    SELECT call_id, reviewer FROM blind_reviews WHERE turn_index IS NULL
),
said AS (
    SELECT blind_reviews.*, true AS finished_blind
    FROM blind_reviews
    SEMI JOIN blind_calls USING (call_id, reviewer)
    UNION ALL
    SELECT current_reviews.*, false
    FROM current_reviews
    ANTI JOIN blind_calls USING (call_id, reviewer)
),
told AS (
    SELECT
        call_id, turn_index, label, reviewer, finished_blind, reviewed_at, turn_start_ms, turn_sha256,
        CASE WHEN verdict IN ('confirmed', 'added') THEN true
             WHEN verdict IN ('rejected', 'relabelled') THEN false END AS applies
    FROM said
    WHERE turn_index IS NOT NULL AND verdict <> 'noted'
    UNION ALL
    SELECT
        call_id, turn_index, new_label, reviewer, finished_blind, reviewed_at, turn_start_ms,
        turn_sha256, true
    FROM said
    WHERE turn_index IS NOT NULL AND verdict = 'relabelled'
),
spoken AS (
    SELECT
        told.call_id, told.turn_index, told.label, told.reviewer, told.applies, told.finished_blind,
        turns.text IS NULL OR sha256(turns.text) <> told.turn_sha256
            OR turns.start_ms <> told.turn_start_ms AS stale
    FROM told
    LEFT JOIN turns ON turns.call_id = told.call_id AND turns.turn_index = told.turn_index
    QUALIFY row_number() OVER (
        PARTITION BY told.call_id, told.turn_index, told.label, told.reviewer
        ORDER BY told.reviewed_at DESC
    ) = 1
),
silent AS (
    SELECT turns.call_id, turns.turn_index, labels.label, blind_calls.reviewer
    FROM blind_calls
    JOIN turns ON turns.call_id = blind_calls.call_id AND turns.role = 'agent'
    CROSS JOIN (SELECT unnest($labels::VARCHAR[]) AS label) AS labels
    WHERE NOT EXISTS (
        FROM spoken
        WHERE spoken.call_id = blind_calls.call_id AND spoken.reviewer = blind_calls.reviewer
          AND (stale OR (spoken.turn_index = turns.turn_index AND spoken.label = labels.label))
    )
),
found AS (
    SELECT call_id, turn_index, label, reviewer, applies, finished_blind
    FROM spoken
    WHERE NOT stale AND applies IS NOT NULL
    UNION ALL
    SELECT call_id, turn_index, label, reviewer, false, true FROM silent
)
SELECT
    found.call_id, found.turn_index, found.label, found.reviewer, found.applies,
    found.finished_blind, flags.label IS NOT NULL AS flagged
FROM found
JOIN calls ON calls.call_id = found.call_id AND calls.status = 'audited'
LEFT JOIN flags ON flags.call_id = found.call_id AND flags.turn_index = found.turn_index
    AND flags.label = found.label
ORDER BY found.call_id, found.turn_index, found.label, found.reviewer

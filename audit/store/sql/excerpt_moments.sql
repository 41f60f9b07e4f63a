-- Moments of calls that excerpts may be cut of: agent turns with the labels that are asked for.
-- Grain: one row a (call, turn); its labels as a list, those that people confirmed first, then the likeliest.
-- Parameters: $labels, $min_score (null: any), $reviewed (null: whatever people did not reject).
-- Reads the views of the reports (report_views), which say which calls are selected.
WITH named AS (
    SELECT
        flags.call_id, flags.turn_index, flags.label, flags.score,
        CASE WHEN people.applies THEN 'confirmed'
             WHEN NOT people.applies THEN 'rejected'
             ELSE 'unreviewed' END AS reviewed
    FROM flags
    LEFT JOIN reviewed_labels AS people
        ON people.call_id = flags.call_id AND people.turn_index = flags.turn_index
        AND people.label = flags.label
    UNION ALL
    SELECT call_id, turn_index, label, NULL, 'confirmed' FROM flags_that_count WHERE source = 'people'
    UNION ALL
    SELECT call_id, turn_index, unnest(positives), NULL, 'unreviewed' FROM turns WHERE role = 'agent'
),
wanted AS (
    SELECT * FROM named
    WHERE list_contains($labels, label)
      -- What people added, and good handling, has no score of the classifier.
      AND ($min_score IS NULL OR score IS NULL OR score >= $min_score)
      AND CASE WHEN $reviewed IS NULL THEN reviewed <> 'rejected' ELSE reviewed = $reviewed END
)
SELECT
    wanted.call_id, wanted.turn_index,
    list({label: wanted.label, score: wanted.score, reviewed: wanted.reviewed}
         ORDER BY wanted.reviewed <> 'confirmed', wanted.score DESC NULLS LAST, wanted.label) AS labels,
    any_value(calls.agent_id), any_value(calls.vendor), any_value(calls.service_channel),
    any_value(calls.dialect),
    any_value(turns.start_ms), any_value(turns.end_ms),
    any_value(turns.text), any_value(turns.asr_confidence)
FROM wanted
JOIN selected_calls AS calls ON calls.call_id = wanted.call_id AND calls.status = 'audited'
JOIN turns ON turns.call_id = wanted.call_id AND turns.turn_index = wanted.turn_index
GROUP BY wanted.call_id, wanted.turn_index
ORDER BY wanted.call_id, wanted.turn_index

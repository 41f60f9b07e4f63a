-- The flags that count: the machine's without those that people rejected, and those that people added
-- (source 'people'; their score and evidence are null). Of all audited calls, selected or not.
--   kind_sure  the score reached the label's threshold, or people confirmed or added the label. A turn that is
--              taken for a brush-off while no label reaches its threshold has the nearest label, not for sure
-- grain: one row a (call, turn, label)
SELECT
    flags.call_id, flags.turn_index, flags.label, flags.score, flags.start_ms, flags.end_ms,
    flags.evidence, coalesce(people.applies, false) AS confirmed, 'machine' AS source,
    coalesce(people.applies, false) OR flags.score >= flags.threshold AS kind_sure
FROM flags
LEFT JOIN reviewed_labels AS people
    ON people.call_id = flags.call_id AND people.turn_index = flags.turn_index
    AND people.label = flags.label
WHERE people.applies IS DISTINCT FROM false
UNION ALL
SELECT
    people.call_id, people.turn_index, people.label, NULL, turns.start_ms, turns.end_ms, NULL,
    true, 'people', true
FROM reviewed_labels AS people
JOIN turns ON turns.call_id = people.call_id AND turns.turn_index = people.turn_index
ANTI JOIN flags
    ON flags.call_id = people.call_id AND flags.turn_index = people.turn_index
    AND flags.label = people.label
WHERE people.applies

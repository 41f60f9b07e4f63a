-- What people found of labels of turns, as most of them said; a tie is left to the machine, and so is
-- a turn that reads differently since it was judged.
-- grain: one row a (call, turn, label) that people decided
SELECT
    call_id, turn_index, label,
    count(*) FILTER (applies) > count(*) FILTER (NOT applies) AS applies
FROM label_judgements
WHERE NOT stale
GROUP BY call_id, turn_index, label
HAVING count(*) FILTER (applies) <> count(*) FILTER (NOT applies)

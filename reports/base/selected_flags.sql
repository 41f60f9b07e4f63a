-- The flags that count, of the selected calls that have a verdict.
-- grain: one row a (call, turn, label)
SELECT flags.*
FROM flags_that_count AS flags
SEMI JOIN (SELECT call_id FROM selected_calls WHERE status = 'audited') AS calls
    ON calls.call_id = flags.call_id

-- Every call belongs to a run.
SELECT call_id, run_id
FROM calls
WHERE run_id NOT IN (SELECT run_id FROM runs)

-- Turns with the agent's own promise, as the text says it.
INSERT INTO commitments BY NAME
SELECT
    call_id, turn_index, 'رفعت لك' AS action, NULL AS owner, 'قبل الخميس' AS deadline,
    NULL AS reference, start_ms, end_ms
FROM turns
WHERE role = 'agent' AND text LIKE 'رفعت لك%' AND chance(call_id || '/' || turn_index, 'kept') < 0.3
  AND call_id >= $first_id AND call_id < $last_id

-- Every flag lies on an agent's turn of its call, at the turn's own time.
SELECT flags.call_id, flags.turn_index, flags.label, turns.role
FROM flags LEFT JOIN turns USING (call_id, turn_index)
WHERE turns.call_id IS NULL
   OR turns.role <> 'agent'
   OR flags.start_ms <> turns.start_ms
   OR flags.end_ms <> turns.end_ms

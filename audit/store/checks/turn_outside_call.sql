-- Every turn belongs to a call and lies within it.
SELECT turns.call_id, turns.turn_index, turns.start_ms, turns.end_ms, calls.duration_ms
FROM turns LEFT JOIN calls USING (call_id)
WHERE calls.call_id IS NULL
   OR calls.status = 'failed'
   OR turns.start_ms < 0
   OR turns.start_ms >= turns.end_ms
   OR turns.end_ms > calls.duration_ms + 1000

-- Every word belongs to a turn, lies within its time, and has its place once.
SELECT words.call_id, words.turn_index, words.word_index, words.start_ms, words.end_ms,
       turns.start_ms AS turn_start_ms, turns.end_ms AS turn_end_ms
FROM words LEFT JOIN turns USING (call_id, turn_index)
WHERE turns.call_id IS NULL
   OR words.start_ms < turns.start_ms
   OR words.end_ms > turns.end_ms
   OR words.start_ms > words.end_ms
UNION ALL
SELECT call_id, turn_index, word_index, NULL, NULL, NULL, NULL
FROM words
GROUP BY ALL
HAVING count(*) > 1

-- The words of one call with their times.
-- Grain: one row a word.
-- Parameters: $call_id.
SELECT turn_index, start_ms, end_ms, text, probability
FROM words
WHERE call_id = $call_id
ORDER BY turn_index, word_index

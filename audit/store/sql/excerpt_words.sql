-- What is said in one call, word by word. Grain: one row a turn, its words as a list in order.
-- Parameters: $call_id.
SELECT
    turn_index, role, speaker, channel, start_ms, end_ms, text,
    (SELECT list({start_ms: words.start_ms, end_ms: words.end_ms, text: words.text,
                  probability: words.probability} ORDER BY word_index)
     FROM words
     WHERE words.call_id = turns.call_id AND words.turn_index = turns.turn_index) AS words
FROM turns
WHERE call_id = $call_id
ORDER BY turn_index

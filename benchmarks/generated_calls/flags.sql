-- One agent turn in eight of the better calls, and more of the worse, carries a label.
INSERT INTO flags BY NAME
SELECT
    turns.call_id, turn_index,
    pick(['placation', 'deflection', 'stalling', 'unresolved_closure', 'uninformed', 'disclaiming',
          'dismissive_tone'], turns.call_id || '/' || turn_index, 'label') AS label,
    turns.brush_off AS score, 0.5 AS threshold, start_ms, end_ms,
    string_split(text, ' ')[1:2] AS evidence
FROM turns
WHERE turns.brush_off > 0.62
  AND turns.call_id >= $first_id AND turns.call_id < $last_id

-- Every redaction lies on a turn of its call.
SELECT call_id, turn_index, type
FROM redactions ANTI JOIN turns USING (call_id, turn_index)

-- Every commitment lies on a turn of its call.
SELECT call_id, turn_index
FROM commitments ANTI JOIN turns USING (call_id, turn_index)

-- The text of every audited call.
-- Grain: one row a call, its turns as a list in order.
SELECT
    call_id, calls.brush_off,
    list({
        turn_index: turn_index, role: role, speaker: speaker, channel: channel,
        start_ms: start_ms, end_ms: end_ms, text: text
    } ORDER BY turn_index) AS turns
FROM calls
JOIN turns USING (call_id)
WHERE status = 'audited'
GROUP BY call_id, calls.brush_off
ORDER BY call_id

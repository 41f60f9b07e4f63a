-- Holds lie within their call, one after the other.
SELECT holds.call_id, holds.start_ms, holds.end_ms, calls.duration_ms
FROM holds LEFT JOIN calls USING (call_id)
WHERE calls.call_id IS NULL
   OR holds.start_ms < 0
   OR holds.start_ms >= holds.end_ms
   OR holds.end_ms > calls.duration_ms + 1000
UNION ALL
SELECT call_id, start_ms, end_ms, NULL
FROM holds
QUALIFY start_ms < lag(end_ms) OVER (PARTITION BY call_id ORDER BY start_ms, end_ms)

-- Where the sound of calls lies, and whether their text was left as it was said.
-- Grain: one row a call. Parameters: $call_ids.
SELECT
    call_id, path, sha256, calls.duration_ms, calls.started_at,
    coalesce(CAST(json_extract(runs.config, '$.privacy.keep_pii') AS BOOLEAN), false) AS keep_pii
FROM calls
LEFT JOIN runs USING (run_id)
WHERE call_id IN (SELECT unnest($call_ids::VARCHAR[]))
ORDER BY call_id

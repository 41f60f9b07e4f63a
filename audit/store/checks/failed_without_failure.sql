-- A call that failed has its reason in failures.
SELECT call_id
FROM calls ANTI JOIN failures USING (call_id)
WHERE status = 'failed'

-- Only calls that are audited have flags and commitments.
SELECT call_id, status, 'flag' AS what
FROM calls SEMI JOIN flags USING (call_id)
WHERE status <> 'audited'
UNION ALL
SELECT call_id, status, 'commitment'
FROM calls SEMI JOIN commitments USING (call_id)
WHERE status <> 'audited'

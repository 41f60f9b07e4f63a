-- A call that is not failed has its content, its length, and a reason where it is unscorable.
SELECT call_id, status, sha256 IS NOT NULL AS has_content, duration_ms, unscorable_reason
FROM calls
WHERE status <> 'failed'
  AND (sha256 IS NULL OR coalesce(duration_ms, 0) <= 0
       OR (status = 'unscorable') <> (unscorable_reason IS NOT NULL))

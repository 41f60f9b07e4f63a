-- A recording is stored once, whatever its name.
SELECT sha256, count(*) AS times, list(call_id ORDER BY call_id) AS call_ids
FROM calls
WHERE status <> 'failed' AND sha256 IS NOT NULL
GROUP BY sha256
HAVING count(*) > 1

-- A run has counted every call that names it.
SELECT run_id, audited, unscorable, failed, done.status, done.calls
FROM runs
JOIN (SELECT run_id, status, count(*) AS calls FROM calls GROUP BY ALL) AS done USING (run_id)
WHERE done.calls > CASE done.status
    WHEN 'audited' THEN audited WHEN 'unscorable' THEN unscorable ELSE failed END

-- The calls of some parts that the database does not hold yet, each once.
-- A call that is stored is replaced only when its file has changed since, in a run that began later.
-- A call that was deleted for good does not come back (audit/store/erased.py).
CREATE OR REPLACE TEMP TABLE arrived AS
SELECT part.call_id, part.path, part.status, part.duration_ms, part.filename
FROM read_parquet($files::VARCHAR[], filename = true) AS part
LEFT JOIN calls AS stored ON stored.call_id = part.call_id
LEFT JOIN runs ON runs.run_id = stored.run_id
WHERE
    CASE
        WHEN stored.call_id IS NULL THEN true
        WHEN part.status = 'failed' THEN stored.status = 'failed' AND stored.run_id <> part.run_id
        WHEN stored.status = 'failed' THEN true
        ELSE stored.path = part.path AND stored.sha256 <> part.sha256
            AND runs.started_at < $run_started_at::TIMESTAMPTZ
    END
    AND (
        part.status = 'failed'
        OR part.sha256 NOT IN (
            SELECT sha256 FROM calls WHERE status <> 'failed' AND sha256 IS NOT NULL
        )
    )
    AND (
        part.sha256 IS NULL
        OR left(sha256($salt || 'recording ' || part.sha256), 32) NOT IN (
            SELECT unnest(call_refs) FROM access_log WHERE scope = $erased
        )
    )
QUALIFY
    row_number() OVER (PARTITION BY part.call_id ORDER BY part.status = 'failed', part.filename) = 1
    AND (
        part.status = 'failed'
        OR row_number() OVER (
            PARTITION BY part.sha256, part.status = 'failed' ORDER BY part.call_id, part.filename
        ) = 1
    );

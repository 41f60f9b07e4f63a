-- Failures of some parts: the newest of a recording, unless the recording is done or its stored failure
-- is as new.
INSERT INTO failures BY NAME
SELECT part.* EXCLUDE (filename)
FROM read_parquet($files::VARCHAR[], filename = true) AS part
WHERE
    part.path NOT IN (SELECT path FROM calls WHERE status <> 'failed')
    AND part.path NOT IN (SELECT path FROM failures)
QUALIFY row_number() OVER (PARTITION BY part.path ORDER BY part.failed_at DESC, part.filename) = 1;

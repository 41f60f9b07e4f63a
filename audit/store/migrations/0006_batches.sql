-- What a batch needs to go on after a crash: a file that has not changed is not read again to be skipped.
ALTER TABLE calls ADD COLUMN size_bytes BIGINT;    -- of the file; null for sound inside a vCon
ALTER TABLE calls ADD COLUMN modified_ns BIGINT;   -- its time of modification, since the epoch

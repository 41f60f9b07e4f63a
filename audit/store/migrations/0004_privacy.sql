-- Who did what with the calls. Entries are added, never changed: each holds the hash of the one before.

CREATE TABLE access_log (
    entry     INTEGER PRIMARY KEY,           -- from 1 without a gap
    accessed_at TIMESTAMPTZ NOT NULL,        -- milliseconds
    who       VARCHAR NOT NULL,              -- account of the operating system
    command   VARCHAR NOT NULL,
    scope     VARCHAR NOT NULL,              -- which calls, as the command's options told it
    call_refs VARCHAR[] NOT NULL,            -- calls named one by one; see access_log_calls
    previous  VARCHAR NOT NULL,              -- hash of the entry before
    hash      VARCHAR NOT NULL               -- SHA-256 over all of the above
);

-- The calls are named by a hash under the database's salt, so that the log, which stays, keeps nothing
-- of a call that was deleted. Calls that are still there are found again here.
CREATE VIEW access_log_calls AS
SELECT named.entry, named.accessed_at, named.who, named.command, calls.call_id
FROM (SELECT entry, accessed_at, who, command, unnest(call_refs) AS call_ref FROM access_log) AS named
JOIN (
    SELECT call_id, left(sha256(settings.value || call_id), 32) AS call_ref
    FROM calls, settings
    WHERE settings.name = 'caller_salt'
) AS calls USING (call_ref);

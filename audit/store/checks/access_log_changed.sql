-- No entry of the access log was changed or taken out.
SELECT entry, who, command
FROM access_log
QUALIFY entry <> row_number() OVER (ORDER BY entry)
    OR previous <> lag(hash, 1, repeat('0', 64)) OVER (ORDER BY entry)
    OR hash <> sha256(concat_ws(
        chr(10), entry, strftime(timezone('UTC', accessed_at), '%Y-%m-%dT%H:%M:%S.%gZ'), who, command,
        scope, array_to_string(call_refs, ','), previous
    ))

-- The audited calls that a sample can be drawn from, and what the machine thinks of each.
-- Grain: one row a call, in order of call_id.
-- Parameters, null for any: $since (first day), $until (day after the last), both in UTC.
SELECT
    call_id, agent_id, vendor, service_channel,
    CASE
        WHEN coalesce(brush_off_unsure, false) THEN 'uncertain'
        WHEN brush_off OR EXISTS (FROM flags WHERE flags.call_id = calls.call_id) THEN 'flagged'
        ELSE 'clean'
    END AS opinion
FROM calls
WHERE status = 'audited'
  AND ($since IS NULL OR started_at >= $since)
  AND ($until IS NULL OR started_at < $until)
ORDER BY call_id

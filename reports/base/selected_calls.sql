-- The calls that a report is about: all columns of calls, and beside them
--   week         the Sunday that begins the call's week, in the report's time zone
--   brushed_off  the verdict that counts: that of people where they decided, else the machine's
--   reviewed     people decided the call
--   unsure       the machine was near its border, and nobody decided
-- An undated call is in every selection that has no dates.
-- grain: one row a call
SELECT
    calls.*,
    CAST(
        date_trunc('week', timezone(chosen.timezone, calls.started_at) + INTERVAL 1 DAY)
        - INTERVAL 1 DAY AS DATE
    ) AS week,
    CASE WHEN status = 'audited' THEN coalesce(people.brush_off, calls.brush_off) END AS brushed_off,
    people.call_id IS NOT NULL AS reviewed,
    coalesce(brush_off_unsure, false) AND people.call_id IS NULL AS unsure
FROM calls
CROSS JOIN report_selection AS chosen
LEFT JOIN reviewed_calls AS people ON people.call_id = calls.call_id
WHERE (chosen.since IS NULL OR calls.started_at >= chosen.since)
  AND (chosen.until IS NULL OR calls.started_at < chosen.until)
  AND (chosen.agent IS NULL OR calls.agent_id = chosen.agent)
  AND (chosen.vendor IS NULL OR calls.vendor = chosen.vendor)
  AND (chosen.service_channel IS NULL OR calls.service_channel = chosen.service_channel)
  AND (chosen.queue IS NULL OR calls.queue = chosen.queue)
  AND (chosen.dialect IS NULL OR calls.dialect = chosen.dialect)

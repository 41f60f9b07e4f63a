-- Audited calls whose callers were asked; several answers to one call are averaged.
-- grain: one row a call
SELECT
    call_id, avg(surveys.score) AS survey_score, any_value(brush_off_score) AS brush_off_score,
    any_value(wait_ms) AS wait_ms, any_value(hold_ms) AS hold_ms,
    any_value(dead_air_ms) AS dead_air_ms
FROM surveys
JOIN selected_calls USING (call_id)
WHERE surveys.score IS NOT NULL AND status = 'audited'
GROUP BY call_id

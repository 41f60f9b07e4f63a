-- The calls to judge: those of a sample in its order, or every audited call, worst first.
-- Grain: one row a call; finished_by are the reviewers who have given a verdict on it.
-- Parameters: $sample_id, null for every audited call.
SELECT
    calls.call_id, started_at, agent_id, vendor, service_channel, duration_ms, brush_off,
    brush_off_score, brush_off_unsure,
    stratum, coalesce(blind, false) AS blind, coalesce(readers, 1) AS readers, assigned,
    (SELECT list(DISTINCT reviewer ORDER BY reviewer) FROM current_reviews
     WHERE current_reviews.call_id = calls.call_id AND turn_index IS NULL) AS finished_by
FROM calls
LEFT JOIN review_items ON review_items.call_id = calls.call_id
    AND review_items.sample_id = $sample_id
WHERE status = 'audited' AND ($sample_id IS NULL OR review_items.call_id IS NOT NULL)
ORDER BY position, brush_off_score DESC NULLS LAST, calls.call_id

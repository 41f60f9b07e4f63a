-- Every audited call with its place among all by the machine's score, and how it came into a sample.
-- Grain: one row a call; probability is null for calls that were not drawn.
-- Parameters: $sample_id.
SELECT
    calls.call_id,
    row_number() OVER (ORDER BY brush_off_score DESC NULLS LAST, calls.call_id) AS rank,
    calls.brush_off, calls.duration_ms,
    items.probability, items.opinion, items.quota_group, items.stratum
FROM calls
LEFT JOIN review_items AS items
    ON items.call_id = calls.call_id AND items.sample_id = $sample_id
WHERE status = 'audited'
ORDER BY calls.call_id

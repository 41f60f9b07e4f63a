-- The newest sample of which a call was judged, and how many calls it was drawn from.
-- Grain: one row, or none.
SELECT
    samples.sample_id, samples.specification,
    (SELECT sum(population) FROM review_cells AS cells
     WHERE cells.sample_id = samples.sample_id) AS population
FROM review_samples AS samples
WHERE EXISTS (
    FROM review_items AS items
    SEMI JOIN judged_calls USING (call_id)
    WHERE items.sample_id = samples.sample_id
)
ORDER BY created_at DESC, samples.sample_id
LIMIT 1

-- How many calls each cell of a sample had. Grain: one row a cell. Parameters: $sample_id.
SELECT quota_group, opinion, population, selected
FROM review_cells
WHERE sample_id = $sample_id AND population > 0
ORDER BY quota_group, opinion

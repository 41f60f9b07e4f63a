-- What people found of whole calls: brush_off is what most of them said. Calls on which as many said
-- yes as no are left to the machine, and so are calls of which nobody was sure. The decision of an
-- appeal comes before all of them.
-- grain: one row a call that people decided
SELECT
    call_id,
    count(*) FILTER (verdict = 'brush_off') > count(*) FILTER (verdict = 'proper') AS brush_off
FROM judged_calls
ANTI JOIN (FROM appealed_calls WHERE standing IS NOT NULL) AS appeals USING (call_id)
GROUP BY call_id
HAVING count(*) FILTER (verdict = 'brush_off') <> count(*) FILTER (verdict = 'proper')
UNION ALL
SELECT call_id, standing AS brush_off FROM appealed_calls WHERE standing IS NOT NULL

-- A call that is audited has a verdict, and no other has one.
SELECT call_id, status, brush_off, brush_off_score
FROM calls
WHERE (status = 'audited') <> (brush_off IS NOT NULL AND brush_off_score IS NOT NULL)

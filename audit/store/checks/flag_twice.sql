-- A turn has a label once.
SELECT call_id, turn_index, label, count(*) AS times
FROM flags
GROUP BY ALL
HAVING count(*) > 1

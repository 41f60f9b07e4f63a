-- The turns of a call are numbered from 0 without a gap, each once.
SELECT call_id, count(*) AS turns, count(DISTINCT turn_index) AS numbers,
       min(turn_index) AS first, max(turn_index) AS last
FROM turns
GROUP BY call_id
HAVING count(*) <> count(DISTINCT turn_index) OR min(turn_index) <> 0
    OR max(turn_index) <> count(*) - 1

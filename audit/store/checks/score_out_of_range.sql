-- Scores and probabilities lie within their ranges.
SELECT call_id, 'brush_off_score' AS what, brush_off_score AS value
FROM calls
WHERE NOT (brush_off_score BETWEEN 0 AND 100) OR isnan(brush_off_score)
UNION ALL
SELECT call_id, 'turn', brush_off
FROM turns
WHERE NOT (brush_off BETWEEN 0 AND 1) OR isnan(brush_off)
UNION ALL
SELECT call_id, 'flag', score
FROM flags
WHERE NOT (score BETWEEN 0 AND 1 AND threshold BETWEEN 0 AND 1) OR isnan(score)
UNION ALL
SELECT call_id, 'word', probability
FROM words
WHERE NOT (probability BETWEEN 0 AND 1) OR isnan(probability)

-- One caller in thirty answers, the less satisfied the worse the call.
INSERT INTO surveys BY NAME
SELECT
    call_id, started_at + INTERVAL 10 MINUTE AS answered_at,
    greatest(1, least(5, round(5 - brush_off_score / 30 + 2 * chance(call_id, 'mood') - 1))) AS score
FROM calls
WHERE status = 'audited' AND chance(call_id, 'asked') < 0.033
  AND call_id >= $first_id AND call_id < $last_id

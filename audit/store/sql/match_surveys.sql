-- Which call each answer of a survey is about.
-- Grain: one row an answer of survey_answers: the call if there is exactly one, how many there are, and
-- whether an answer of the same call and time is stored (same: with the same score and comment).
-- By call_id where it is told. Else by the caller: on a day, the one call that began on it; at a time,
-- the caller's last call that began within the 48 hours before.
WITH by_name AS (
    SELECT answers.line, calls.call_id
    FROM survey_answers AS answers
    JOIN calls ON calls.call_id = answers.call_id
),
by_caller AS (
    SELECT
        answers.line, calls.call_id, answers.dated_by_day,
        row_number() OVER (PARTITION BY answers.line ORDER BY calls.started_at DESC, calls.call_id)
            AS newest
    FROM survey_answers AS answers
    JOIN calls ON calls.caller_hash = answers.caller_hash
    WHERE (answers.dated_by_day
           AND calls.started_at >= answers.told_at AND calls.started_at < answers.day_end)
       OR (NOT answers.dated_by_day AND calls.started_at <= answers.told_at
           AND calls.started_at >= answers.told_at - INTERVAL 48 HOUR)
),
matched AS (
    SELECT line, call_id FROM by_name
    UNION ALL
    SELECT line, call_id FROM by_caller WHERE dated_by_day OR newest = 1
),
counted AS (
    SELECT line, count(*) AS candidates, any_value(call_id) AS call_id FROM matched GROUP BY line
)
SELECT
    answers.line, coalesce(candidates, 0) AS candidates,
    CASE WHEN candidates = 1 THEN counted.call_id END AS call_id,
    stored.call_id IS NOT NULL AS stored,
    coalesce(
        stored.score = answers.score AND stored.comment IS NOT DISTINCT FROM answers.comment, false
    ) AS same
FROM survey_answers AS answers
LEFT JOIN counted ON counted.line = answers.line
LEFT JOIN surveys AS stored
    ON candidates = 1 AND stored.call_id = counted.call_id
    AND stored.answered_at IS NOT DISTINCT FROM answers.told_at
ORDER BY answers.line

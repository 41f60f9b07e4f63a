-- What each reviewer found of each whole call: the word given blind where there is one, else the newest.
-- Grain: one row a (call, reviewer). brush_off is null where the reviewer could not tell.
SELECT
    judged.call_id, judged.reviewer,
    CASE coalesce(judged.blind_verdict, judged.verdict)
        WHEN 'brush_off' THEN true
        WHEN 'proper' THEN false
    END AS brush_off,
    judged.blind_verdict IS NOT NULL AS blind,
    calls.brush_off AS flagged
FROM judged_calls AS judged
JOIN calls ON calls.call_id = judged.call_id AND calls.status = 'audited'
ORDER BY judged.call_id, judged.reviewer

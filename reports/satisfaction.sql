-- What callers said in surveys, beside the scores of their calls.
-- title: Satisfaction by score | رضا المتصلين حسب الدرجة
-- grain: one row a band of the brush-off score
-- columns:
--   score_from       integer   Score from | الدرجة من | the band, both ends within
--   score_to         integer   to | إلى | calls are brush-offs from 50 on, unless people decided otherwise
--   audited          integer   Judged | المدقّقة | judged calls in the band
--   surveyed         integer   Surveyed | أجاب عنها المتصل | of them, those with an answer
--   mean_survey      decimal   Mean answer | متوسط الإجابة | mean survey score, on the survey's own scale
--   survey_low       decimal   from | من | lower end of its 95 % interval (normal); null below 10 answers
--   survey_high      decimal   to | إلى | upper end of its 95 % interval
WITH banded AS (
    SELECT
        call_id,
        CASE
            WHEN brush_off_score < 25 THEN 0 WHEN brush_off_score < 50 THEN 25
            WHEN brush_off_score < 75 THEN 50 ELSE 75
        END AS score_from
    FROM selected_calls
    WHERE status = 'audited' AND brush_off_score IS NOT NULL
),
bands AS (SELECT unnest([0, 25, 50, 75]) AS score_from),
measured AS (
    SELECT
        score_from, count(*) AS audited, count(survey_score) AS surveyed,
        avg(survey_score) AS mean_survey,
        1.959964 * stddev_samp(survey_score) / sqrt(count(survey_score)) AS margin
    FROM banded
    LEFT JOIN surveyed_calls ON surveyed_calls.call_id = banded.call_id
    GROUP BY score_from
)
SELECT
    bands.score_from, CASE bands.score_from WHEN 75 THEN 100 ELSE bands.score_from + 24 END
        AS score_to,
    coalesce(audited, 0) AS audited, coalesce(surveyed, 0) AS surveyed, mean_survey,
    CASE WHEN surveyed >= 10 THEN mean_survey - margin END AS survey_low,
    CASE WHEN surveyed >= 10 THEN mean_survey + margin END AS survey_high
FROM bands
LEFT JOIN measured ON measured.score_from = bands.score_from
ORDER BY bands.score_from

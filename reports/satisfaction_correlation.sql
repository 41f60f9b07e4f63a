-- Whether the brush-off score, or waiting, predicts what callers felt.
-- title: Does the score predict satisfaction? | هل تنبئ الدرجة بالرضا؟
-- grain: one row a measure of the call
-- note: Minus 1: the higher the measure the less satisfied the caller, without exception; 0: no relation. | ‎-1‎ تعني أن رضا المتصل يقلّ كلما زاد المقياس بلا استثناء، و0 تعني ألا علاقة بينهما.
-- columns:
--   measure          code      Measure | المقياس | brush_off_score, wait_ms, hold_ms or dead_air_ms
--   surveyed         integer   Surveyed | المجابة | judged calls with an answer and this measure
--   spearman         coefficient Rank correlation | ارتباط الرتب | Spearman's coefficient with the survey score; null where either does not vary
--   spearman_low     coefficient from | من | lower end of its 95 % interval (Fisher's z with the variance of Bonett and Wright, Psychometrika 65, 2000); null below 10 answers
--   spearman_high    coefficient to | إلى | upper end of its 95 % interval
--   reading          code      Reading | القراءة | lower_satisfaction or higher_satisfaction with a higher measure where the interval does not hold 0, no_relation_shown, too_few_answers
WITH measures AS (
    SELECT * FROM (VALUES
        (1, 'brush_off_score'), (2, 'wait_ms'), (3, 'hold_ms'), (4, 'dead_air_ms')
    ) AS measures(position, measure)
),
pairs AS (
    SELECT 'brush_off_score' AS measure, CAST(brush_off_score AS DOUBLE) AS value, survey_score
    FROM surveyed_calls
    UNION ALL SELECT 'wait_ms', wait_ms, survey_score FROM surveyed_calls
    UNION ALL SELECT 'hold_ms', hold_ms, survey_score FROM surveyed_calls
    UNION ALL SELECT 'dead_air_ms', dead_air_ms, survey_score FROM surveyed_calls
),
ranked AS (
    SELECT
        measure,
        rank() OVER (PARTITION BY measure ORDER BY value)
            + (count(*) OVER (PARTITION BY measure, value) - 1) / 2.0 AS value_rank,
        rank() OVER (PARTITION BY measure ORDER BY survey_score)
            + (count(*) OVER (PARTITION BY measure, survey_score) - 1) / 2.0 AS survey_rank
    FROM pairs
    WHERE value IS NOT NULL
),
correlated AS (
    SELECT
        measure, count(*) AS surveyed,
        CASE WHEN stddev_pop(value_rank) > 0 AND stddev_pop(survey_rank) > 0
            THEN greatest(-1.0, least(1.0, corr(value_rank, survey_rank))) END AS spearman
    FROM ranked
    GROUP BY measure
),
spread AS (
    SELECT
        *,
        atanh(greatest(-0.999999, least(0.999999, spearman))) AS z,
        CASE WHEN surveyed >= 10 THEN
            1.959964 * sqrt((1 + spearman * spearman / 2) / (surveyed - 3)) END AS margin
    FROM correlated
)
SELECT
    measures.measure, coalesce(surveyed, 0) AS surveyed, spearman,
    tanh(z - margin) AS spearman_low, tanh(z + margin) AS spearman_high,
    CASE
        WHEN coalesce(surveyed, 0) < 10 THEN 'too_few_answers'
        WHEN tanh(z + margin) < 0 THEN 'lower_satisfaction'
        WHEN tanh(z - margin) > 0 THEN 'higher_satisfaction'
        ELSE 'no_relation_shown'
    END AS reading
FROM measures
LEFT JOIN spread ON spread.measure = measures.measure
ORDER BY position

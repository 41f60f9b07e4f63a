-- What kinds of brush-off there are, and how often.
-- title: Kinds of brush-off | أنواع التسليك
-- grain: one row a label of the taxonomy, in its order
-- note: A turn taken for a brush-off whose kind no label reached is not counted under a kind but in the last column, under the nearest one. | الرد الذي عُدّ تسليكاً ولم يتضح نوعه لا يُحسب في الأنواع، بل في العمود الأخير مع أقرب نوع إليه.
-- columns:
--   label            code      Kind | النوع | label of the taxonomy
--   turns            integer   Turns | الردود | agent turns with the label, surely
--   calls            integer   Calls | المكالمات | judged calls with at least one such turn
--   audited          integer   Judged | المدقّقة | all judged calls: the denominator of the share
--   share            share     Share of calls | من المكالمات | calls / audited
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
--   mean_score       probability Mean probability | متوسط الاحتمال | mean probability that the classifier gave the label
--   confirmed        integer   Confirmed | أكّدها المراجعون | of the turns, those that people confirmed or added
--   rejected         integer   Rejected | ردّها المراجعون | flags that people rejected; they are not counted in turns
--   nearest          integer   Kind not sure | لم يتضح نوعها | turns of which this is only the nearest kind; they are not counted in turns
WITH counted AS (
    SELECT
        label, count(*) FILTER (kind_sure) AS turns,
        count(DISTINCT call_id) FILTER (kind_sure) AS calls,
        avg(score) FILTER (kind_sure) AS mean_score, count(*) FILTER (confirmed) AS confirmed,
        count(*) FILTER (NOT kind_sure) AS nearest
    FROM selected_flags
    GROUP BY label
),
rejections AS (
    SELECT label, count(*) AS rejected
    FROM reviewed_labels
    SEMI JOIN selected_calls ON selected_calls.call_id = reviewed_labels.call_id
    SEMI JOIN flags
        ON flags.call_id = reviewed_labels.call_id
        AND flags.turn_index = reviewed_labels.turn_index AND flags.label = reviewed_labels.label
    WHERE NOT applies
    GROUP BY label
),
judged AS (SELECT count(*) AS audited FROM selected_calls WHERE status = 'audited')
SELECT
    labels.label, coalesce(turns, 0) AS turns, coalesce(calls, 0) AS calls, audited,
    share_of(coalesce(calls, 0), audited) AS share,
    wilson_low(coalesce(calls, 0), audited) AS share_low,
    wilson_high(coalesce(calls, 0), audited) AS share_high,
    mean_score, coalesce(confirmed, 0) AS confirmed, coalesce(rejected, 0) AS rejected,
    coalesce(nearest, 0) AS nearest
FROM taxonomy_labels AS labels
CROSS JOIN judged
LEFT JOIN counted ON counted.label = labels.label
LEFT JOIN rejections ON rejections.label = labels.label
ORDER BY position

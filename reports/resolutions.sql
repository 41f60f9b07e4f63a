-- What callers leave with.
-- title: How calls end | بمَ تنتهي المكالمات
-- grain: one row a resolution, in the order from best to worst
-- columns:
--   resolution       code      Ends with | تنتهي بـ | resolved, committed (a concrete next step), deferred (vague) or none
--   calls            integer   Calls | المكالمات | judged calls
--   share            share     Share | النسبة | of all judged calls
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
--   brushed_off      integer   Brushed off | المصروفة | of the calls, those in which the caller was brushed off
--   brush_off_share  share     Brush-off rate | نسبة التسليك | brushed_off / calls
--   mean_score       score     Mean score | متوسط الدرجة | mean brush-off score, 0 exemplary to 100
WITH kinds AS (
    SELECT * FROM (VALUES (1, 'resolved'), (2, 'committed'), (3, 'deferred'), (4, 'none'))
        AS kinds(position, resolution)
),
counted AS (
    SELECT
        resolution, count(*) AS calls, count(*) FILTER (brushed_off) AS brushed_off,
        avg(brush_off_score) AS mean_score
    FROM selected_calls
    WHERE status = 'audited'
    GROUP BY resolution
),
judged AS (SELECT count(*) AS audited FROM selected_calls WHERE status = 'audited')
SELECT
    kinds.resolution, coalesce(calls, 0) AS calls,
    share_of(coalesce(calls, 0), audited) AS share,
    wilson_low(coalesce(calls, 0), audited) AS share_low,
    wilson_high(coalesce(calls, 0), audited) AS share_high,
    coalesce(brushed_off, 0) AS brushed_off,
    share_of(brushed_off, calls) AS brush_off_share, mean_score
FROM kinds
CROSS JOIN judged
LEFT JOIN counted ON counted.resolution = kinds.resolution
ORDER BY position

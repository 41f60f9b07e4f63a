-- How the share of callers brushed off moves from week to week.
-- title: Trend by week | التطور الأسبوعي
-- grain: one row a week with calls; null: not told
-- columns:
--   week             date      Week | الأسبوع | the Sunday that begins the week, in the report's time zone
--   calls            integer   Calls | المكالمات | all calls of the group
--   audited          integer   Judged | المدقّقة | those with a verdict: the denominator of every share
--   unscorable       integer   Not judged | تعذّر تقييمها | evidence too weak for a verdict; neither good nor bad
--   failed           integer   Failed | تعذّرت قراءتها | recordings that could not be audited
--   hours            decimal   Hours | الساعات | length of the recordings
--   brushed_off      integer   Brushed off | المصروفة | judged calls in which the caller was brushed off
--   brush_off_share  share     Brush-off rate | نسبة التسليك | brushed_off / audited
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
--   unsure           integer   Near the border | على الحدّ | judged calls whose score lies near the border
--   mean_score       score     Mean score | متوسط الدرجة | mean brush-off score, 0 exemplary to 100
--   helped_share     share     Helped | نسبة من أُفيدوا | share of judged calls that were resolved or ended with a concrete next step
SELECT
    CAST(name AS DATE) AS week, calls, audited, unscorable, failed, hours, brushed_off, brush_off_share, share_low, share_high,
    unsure, mean_score, helped_share
FROM grouped_calls('week')
ORDER BY week NULLS LAST

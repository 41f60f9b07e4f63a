-- How the queues, which are the subjects of calls, compare.
-- title: Queues | طوابير الخدمة
-- grain: one row a queue; null: not told
-- columns:
--   queue            text      Queue | الطابور | the queue, as the telephone system names it
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
--   rank             integer   Rank | الترتيب | 1 has the lowest brush-off rate; null: too few judged calls to rank
--   standing         code      Against all calls | مقارنةً بالكل | better or worse only where the interval lies wholly to one side of the share of all selected calls; not_different, too_few_calls, not_told
SELECT
    name AS queue, calls, audited, unscorable, failed, hours, brushed_off, brush_off_share, share_low, share_high,
    unsure, mean_score, helped_share, rank, standing
FROM grouped_calls('queue')
ORDER BY rank NULLS LAST, audited DESC, queue

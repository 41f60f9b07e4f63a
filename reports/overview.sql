-- What the selection holds and how it fared.
-- title: Overview | نظرة عامة
-- grain: one row in all
-- columns:
--   calls            integer   Calls | المكالمات | all calls selected
--   audited          integer   Judged | المدقّقة | those with a verdict: the denominator of every share
--   unscorable       integer   Not judged | تعذّر تقييمها | evidence too weak for a verdict; neither good nor bad
--   failed           integer   Failed | تعذّرت قراءتها | recordings that could not be audited
--   undated          integer   Undated | بلا تاريخ | calls without a date; they are in no week
--   hours            decimal   Hours | الساعات | length of the recordings
--   brushed_off      integer   Brushed off | المصروفة | judged calls in which the caller was brushed off
--   brush_off_share  share     Brush-off rate | نسبة التسليك | brushed_off / audited
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
--   unsure           integer   Near the border | على الحدّ | judged calls whose score lies near the border
--   mean_score       score     Mean score | متوسط الدرجة | mean brush-off score, 0 exemplary to 100
--   helped_share     share     Helped | نسبة من أُفيدوا | share of judged calls that were resolved or ended with a concrete next step
--   reviewed         integer   Decided by people | حسمها المراجعون | calls whose verdict is that of reviewers
--   agents           integer   Agents | الموظفون | agents named
--   first_call       timestamp First call | أول مكالمة | the earliest dated call
--   last_call        timestamp Last call | آخر مكالمة | the latest dated call
WITH counted AS (
    SELECT
        count(*) AS calls,
        count(*) FILTER (status = 'audited') AS audited,
        count(*) FILTER (status = 'unscorable') AS unscorable,
        count(*) FILTER (status = 'failed') AS failed,
        count(*) FILTER (started_at IS NULL) AS undated,
        coalesce(sum(duration_ms), 0) / 3600000.0 AS hours,
        count(*) FILTER (brushed_off) AS brushed_off,
        count(*) FILTER (status = 'audited' AND unsure) AS unsure,
        avg(brush_off_score) FILTER (status = 'audited') AS mean_score,
        count(*) FILTER (status = 'audited' AND resolution IN ('resolved', 'committed')) AS helped,
        count(*) FILTER (reviewed) AS reviewed,
        count(DISTINCT agent_id) AS agents,
        min(started_at) AS first_call,
        max(started_at) AS last_call
    FROM selected_calls
)
SELECT
    calls, audited, unscorable, failed, undated, hours, brushed_off,
    share_of(brushed_off, audited) AS brush_off_share,
    wilson_low(brushed_off, audited) AS share_low,
    wilson_high(brushed_off, audited) AS share_high,
    unsure, mean_score, share_of(helped, audited) AS helped_share,
    reviewed, agents, first_call, last_call
FROM counted

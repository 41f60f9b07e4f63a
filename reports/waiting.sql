-- How long callers wait before an agent answers, on hold, and in silence.
-- title: Waiting and hold | الانتظار
-- grain: one row for all calls, one a service channel, one a queue of a service channel
-- columns:
--   level            code      Level | المستوى | all, service_channel or queue: what the row sums up
--   service_channel  text      Channel | القناة | null: not told, or all
--   queue            text      Queue | الطابور | null: not told, or all
--   waits_told       integer   Waits told | معلومة الانتظار | calls whose wait before an answer is known; in calls that the centre made nobody waits for it
--   wait_median_ms   duration_ms Wait, median | وسيط الانتظار | time before an agent answers: half the callers wait longer
--   wait_p90_ms      duration_ms Wait, 9 of 10 | انتظار 9 من 10 | nine of ten callers wait no longer
--   measured         integer   Measured | المقيسة | calls whose sound was measured
--   held             integer   With a hold | فيها تعليق | measured calls with a hold
--   held_share       share     With a hold | نسبة التعليق | held / measured
--   hold_median_ms   duration_ms Hold, median | وسيط التعليق | total hold of the calls with a hold
--   hold_p90_ms      duration_ms Hold, 9 of 10 | تعليق 9 من 10 | nine of ten calls with a hold have no more
--   longest_hold_p90_ms duration_ms Longest hold, 9 of 10 | أطول تعليق 9 من 10 | of the longest single hold of each call with a hold
--   longest_hold_ms  duration_ms Longest hold | أطول تعليق | the longest single hold of all
--   dead_air_median_ms duration_ms Dead air, median | وسيط الصمت | silence that is no hold, of measured calls
--   dead_air_p90_ms  duration_ms Dead air, 9 of 10 | صمت 9 من 10 | nine of ten measured calls have no more
WITH summed AS (
    SELECT
        CASE grouping(service_channel, queue)
            WHEN 3 THEN 'all' WHEN 1 THEN 'service_channel' ELSE 'queue'
        END AS level,
        service_channel, queue,
        count(wait_ms) FILTER (NOT is_outbound(direction)) AS waits_told,
        quantile_cont(wait_ms, [0.5, 0.9]) FILTER (NOT is_outbound(direction)) AS wait,
        count(hold_ms) AS measured,
        count(*) FILTER (hold_ms > 0) AS held,
        quantile_cont(hold_ms, [0.5, 0.9]) FILTER (hold_ms > 0) AS hold,
        quantile_cont(longest_hold_ms, 0.9) FILTER (hold_ms > 0) AS longest_hold_p90_ms,
        max(longest_hold_ms) FILTER (hold_ms > 0) AS longest_hold_ms,
        quantile_cont(dead_air_ms, [0.5, 0.9]) AS dead_air
    FROM selected_calls
    GROUP BY GROUPING SETS ((), (service_channel), (service_channel, queue))
)
SELECT
    level, service_channel, queue, waits_told, round(wait[1])::BIGINT AS wait_median_ms,
    round(wait[2])::BIGINT AS wait_p90_ms, measured, held, share_of(held, measured) AS held_share,
    round(hold[1])::BIGINT AS hold_median_ms, round(hold[2])::BIGINT AS hold_p90_ms,
    round(longest_hold_p90_ms)::BIGINT AS longest_hold_p90_ms, longest_hold_ms,
    round(dead_air[1])::BIGINT AS dead_air_median_ms, round(dead_air[2])::BIGINT AS dead_air_p90_ms
FROM summed
ORDER BY
    CASE level WHEN 'all' THEN 1 WHEN 'service_channel' THEN 2 ELSE 3 END,
    service_channel NULLS LAST, queue NULLS LAST

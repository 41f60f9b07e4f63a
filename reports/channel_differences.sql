-- Whether two service channels really differ in how often callers are brushed off.
-- title: Channels against each other | القنوات بعضها ببعض
-- grain: one row a pair of service channels that both have enough judged calls
-- columns:
--   channel          text      Channel | القناة | the one with the higher share
--   audited          integer   Judged | المدقّقة | its judged calls
--   share            share     Brush-off rate | نسبة التسليك | its share brushed off
--   other_channel    text      Compared with | مقارنةً بـ | the other one
--   other_audited    integer   Judged there | المدقّقة فيها | its judged calls
--   other_share      share     Rate there | النسبة فيها | its share brushed off
--   difference       difference Difference | الفرق | share - other_share
--   difference_low   difference from | من | lower end of its 95 % interval (Newcombe's method 10, Statistics in Medicine 17, 1998)
--   difference_high  difference to | إلى | upper end; the channels differ where the interval does not hold 0
--   reading          code      Reading | القراءة | differ or not_different
WITH channels AS (
    SELECT name, audited, brush_off_share AS share, share_low AS low, share_high AS high
    FROM grouped_calls('service_channel')
    WHERE rank IS NOT NULL
),
pairs AS (
    SELECT
        one.name AS channel, one.audited, one.share,
        other.name AS other_channel, other.audited AS other_audited, other.share AS other_share,
        one.share - other.share AS difference,
        one.share - other.share - sqrt((one.share - one.low) ** 2 + (other.high - other.share) ** 2)
            AS difference_low,
        one.share - other.share + sqrt((one.high - one.share) ** 2 + (other.share - other.low) ** 2)
            AS difference_high
    FROM channels AS one
    JOIN channels AS other
        ON one.share > other.share OR (one.share = other.share AND one.name < other.name)
)
SELECT
    pairs.*,
    CASE WHEN difference_low > 0 THEN 'differ' ELSE 'not_different' END AS reading
FROM pairs
ORDER BY difference DESC, channel, other_channel

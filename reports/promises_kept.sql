-- What became of the promises that agents made.
-- title: Promises | الوعود
-- grain: one row an outcome; the unit is a judged call in which the agent promised something
-- note: A promise counts as broken only where the caller had to call again within 7 days about the same ticket or, lacking that, from the same number. Where no later call is known, nobody can say. The last 7 days of the database are too early to tell; who is back already is listed all the same. | لا يُعدّ الوعد مُخلفًا إلا إذا اضطر المتصل إلى معاودة الاتصال خلال 7 أيام عن التذكرة نفسها، أو من الرقم نفسه إن لم تُعرف التذكرة. وحيث لا تُعرف مكالمة لاحقة فلا يمكن الجزم. وآخر 7 أيام في قاعدة البيانات لم يحن الحكم عليها، ومن عاود فيها مذكور في القائمة.
-- columns:
--   outcome          code      Outcome | المآل | contacted (kept), caller_returned (broken), no_later_contact, too_early, untraceable
--   calls            integer   Calls | المكالمات | calls with a promise
--   share            share     Share | النسبة | of the calls that could be followed: contacted, caller_returned and no_later_contact
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
WITH kinds AS (
    SELECT * FROM (VALUES
        (1, 'contacted', true), (2, 'caller_returned', true), (3, 'no_later_contact', true),
        (4, 'too_early', false), (5, 'untraceable', false)
    ) AS kinds(position, outcome, followed)
),
counted AS (SELECT outcome, count(*) AS calls FROM promise_outcomes GROUP BY outcome),
filled AS (
    SELECT position, kinds.outcome, followed, coalesce(calls, 0) AS calls
    FROM kinds LEFT JOIN counted ON counted.outcome = kinds.outcome
),
followable AS (SELECT sum(calls) AS total FROM filled WHERE followed)
SELECT
    outcome, calls,
    CASE WHEN followed THEN share_of(calls, total) END AS share,
    CASE WHEN followed THEN wilson_low(calls, total) END AS share_low,
    CASE WHEN followed THEN wilson_high(calls, total) END AS share_high
FROM filled CROSS JOIN followable
ORDER BY position

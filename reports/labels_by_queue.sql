-- Which kinds of brush-off are found where: every label for every queue.
-- title: Kinds of brush-off by queue | أنواع التسليك حسب الطابور
-- grain: one row a (queue, label); null: not told
-- columns:
--   queue            text      Queue | الطابور | the group
--   label            code      Kind | النوع | label of the taxonomy
--   audited          integer   Judged | المدقّقة | judged calls of the group: the denominator of the share
--   turns            integer   Turns | الردود | agent turns with the label, surely
--   calls            integer   Calls | المكالمات | judged calls with at least one such turn
--   share            share     Share of calls | من المكالمات | calls / audited
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
SELECT name AS queue, label, audited, turns, calls, share, share_low, share_high
FROM labels_of_groups('queue')
ORDER BY queue NULLS LAST, position

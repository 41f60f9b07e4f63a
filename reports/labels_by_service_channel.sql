-- Which kinds of brush-off are found where: every label for every service channel.
-- title: Kinds of brush-off by channel | أنواع التسليك حسب القناة
-- grain: one row a (service channel, label); null: not told
-- columns:
--   service_channel  text      Channel | القناة | the group
--   label            code      Kind | النوع | label of the taxonomy
--   audited          integer   Judged | المدقّقة | judged calls of the group: the denominator of the share
--   turns            integer   Turns | الردود | agent turns with the label, surely
--   calls            integer   Calls | المكالمات | judged calls with at least one such turn
--   share            share     Share of calls | من المكالمات | calls / audited
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
SELECT name AS service_channel, label, audited, turns, calls, share, share_low, share_high
FROM labels_of_groups('service_channel')
ORDER BY service_channel NULLS LAST, position

-- What the questions about groups of calls have in common. Temporary macros that give tables; dimension
-- is 'agent', 'vendor', 'service_channel', 'queue' or 'week'.

-- The measures of every group of a dimension: agent, vendor, service_channel, queue, week.
-- Shares have the audited calls as denominator; calls that could not be judged count for nobody and
-- against nobody. A group below the least number of audited calls, or without a name, has no rank.
CREATE OR REPLACE TEMP MACRO grouped_calls(dimension) AS TABLE
WITH grouped AS (
    SELECT
        group_name(dimension, agent_id, vendor, service_channel, queue, week) AS name,
        mode(vendor) AS main_vendor,
        count(*) AS calls,
        count(*) FILTER (status = 'audited') AS audited,
        count(*) FILTER (status = 'unscorable') AS unscorable,
        count(*) FILTER (status = 'failed') AS failed,
        count(*) FILTER (brushed_off) AS brushed_off,
        count(*) FILTER (status = 'audited' AND unsure) AS unsure,
        avg(brush_off_score) FILTER (status = 'audited') AS mean_score,
        count(*) FILTER (status = 'audited' AND resolution IN ('resolved', 'committed')) AS helped,
        coalesce(sum(duration_ms), 0) / 3600000.0 AS hours
    FROM selected_calls
    GROUP BY 1
),
overall AS (
    SELECT share_of(sum(brushed_off), sum(audited)) AS share FROM grouped
),
measured AS (
    SELECT
        grouped.*,
        share_of(brushed_off, audited) AS brush_off_share,
        wilson_low(brushed_off, audited) AS share_low,
        wilson_high(brushed_off, audited) AS share_high,
        share_of(helped, audited) AS helped_share,
        name IS NOT NULL AND audited >= (SELECT min_calls FROM report_selection) AS ranked
    FROM grouped
)
SELECT
    name, main_vendor, calls, audited, unscorable, failed, hours, brushed_off, brush_off_share,
    share_low, share_high, unsure, mean_score, helped_share,
    CASE WHEN ranked THEN
        rank() OVER (PARTITION BY ranked ORDER BY brush_off_share, mean_score)
    END AS rank,
    CASE
        WHEN name IS NULL THEN 'not_told'
        WHEN NOT ranked THEN 'too_few_calls'
        WHEN share_high < share THEN 'better'
        WHEN share_low > share THEN 'worse'
        ELSE 'not_different'
    END AS standing
FROM measured, overall;

-- How often each label was surely found in each group of a dimension.
CREATE OR REPLACE TEMP MACRO labels_of_groups(dimension) AS TABLE
WITH grouped AS (
    SELECT
        group_name(dimension, agent_id, vendor, service_channel, queue, week) AS name,
        count(*) AS audited
    FROM selected_calls
    WHERE status = 'audited'
    GROUP BY 1
),
flagged AS (
    SELECT
        group_name(dimension, agent_id, vendor, service_channel, queue, week) AS name,
        label, count(*) AS turns, count(DISTINCT call_id) AS calls
    FROM selected_flags
    JOIN selected_calls USING (call_id)
    WHERE kind_sure
    GROUP BY 1, 2
)
SELECT
    grouped.name, labels.label, grouped.audited,
    coalesce(turns, 0) AS turns, coalesce(calls, 0) AS calls,
    share_of(coalesce(calls, 0), audited) AS share,
    wilson_low(coalesce(calls, 0), audited) AS share_low,
    wilson_high(coalesce(calls, 0), audited) AS share_high,
    labels.position
FROM grouped
CROSS JOIN taxonomy_labels AS labels
LEFT JOIN flagged ON flagged.name IS NOT DISTINCT FROM grouped.name
    AND flagged.label = labels.label;

-- Formulas that several questions share. Temporary macros, made when a database is opened to be read.

-- Wilson's score interval of a share of `hits` in `total`, 95 % (E. B. Wilson, JASA 22, 1927); null
-- where `total` is 0. Unlike the plain interval it holds for small numbers and for shares near 0 and 1.
CREATE OR REPLACE TEMP MACRO wilson_low(hits, total) AS
    CASE WHEN total > 0 THEN greatest(0.0, (
        hits / total + 1.920729 / total
        - 1.959964 * sqrt(hits / total * (1 - hits / total) / total + 0.960365 / total / total)
    ) / (1 + 3.841459 / total)) END;

CREATE OR REPLACE TEMP MACRO wilson_high(hits, total) AS
    CASE WHEN total > 0 THEN least(1.0, (
        hits / total + 1.920729 / total
        + 1.959964 * sqrt(hits / total * (1 - hits / total) / total + 0.960365 / total / total)
    ) / (1 + 3.841459 / total)) END;

CREATE OR REPLACE TEMP MACRO share_of(hits, total) AS CASE WHEN total > 0 THEN hits / total END;

-- Whether the centre called; a call whose direction is not told counts as the caller's.
CREATE OR REPLACE TEMP MACRO is_outbound(direction) AS
    coalesce(lower(direction) IN ('outbound', 'out', 'outgoing', 'صادر', 'صادرة'), false);

-- The value of a call by which it is grouped; text, null where not told.
CREATE OR REPLACE TEMP MACRO group_name(dimension, agent_id, vendor, service_channel, queue, week) AS
    CASE dimension
        WHEN 'agent' THEN agent_id
        WHEN 'vendor' THEN vendor
        WHEN 'service_channel' THEN service_channel
        WHEN 'queue' THEN queue
        WHEN 'week' THEN CAST(week AS VARCHAR)
    END;

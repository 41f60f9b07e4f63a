-- Calls $first to $last of $total: half a year of centres in which agents differ.
INSERT INTO calls BY NAME
WITH numbered AS (
    SELECT
        i, 1 + CAST(floor(chance(i, 'agent') * $agents) AS INTEGER) AS agent_number,
        chance(i, 'status') AS fate
    FROM range($first, $last) AS numbers(i)
),
judged AS (
    SELECT
        *,
        CASE WHEN fate < 0.92 THEN 'audited' WHEN fate < 0.98 THEN 'unscorable' ELSE 'failed' END
            AS status,
        chance(i, 'channel') < 0.15 AS in_branch,
        -- an agent's own leaning, and less of it in the branch
        round(100 * least(0.999, pow(
            chance(i, 'score'),
            0.8 + 1.6 * chance(agent_number, 'skill')
                + CASE WHEN chance(i, 'channel') < 0.15 THEN 0.7 ELSE 0 END
        )), 1) AS drawn_score
    FROM numbered
)
SELECT
    format('G{:08d}', i) AS call_id, sha256(CAST(i AS VARCHAR)) AS sha256,
    format('generated/G{:08d}.wav', i) AS path,
    TIMESTAMPTZ '2026-05-03 05:00:00+00'
        + INTERVAL 1 SECOND * CAST(floor(chance(i, 'time') * 182 * 86400) AS BIGINT) AS started_at,
    CASE WHEN status <> 'failed' THEN CAST(60000 + 540000 * chance(i, 'length') AS BIGINT) END
        AS duration_ms,
    2 AS channels, 8000 AS sample_rate_hz, 'pcm_mulaw' AS codec,
    format('A{:05d}', agent_number) AS agent_id,
    pick(['masar', 'sidra', 'rafid'], agent_number, 'vendor') AS vendor,
    CASE WHEN in_branch THEN 'branch' ELSE 'hotline' END AS service_channel,
    pick(['municipality', 'telecom-billing', 'telecom-faults', 'bank-transfers', 'health-appointments',
          'delivery', 'utilities-billing', 'insurance-claims'], i, 'queue') AS queue,
    CASE WHEN chance(i, 'direction') < 0.1 THEN 'outbound' ELSE 'inbound' END AS direction,
    sha256(CAST(floor(chance(i, 'caller') * $total * 0.7) AS VARCHAR)) AS caller_hash,
    CASE WHEN chance(i, 'ticketed') < 0.4
        THEN CAST(CAST(floor(chance(i, 'ticket') * $total * 0.3) AS BIGINT) AS VARCHAR) END
        AS ticket_id,
    CASE WHEN chance(i, 'told') < 0.9 THEN CAST(-60000 * ln(1 - chance(i, 'wait')) AS BIGINT) END
        AS wait_ms,
    status,
    CASE WHEN status = 'unscorable'
        THEN 'the agent''s words were recognized with confidence 0.31' END AS unscorable_reason,
    CASE WHEN status <> 'failed' THEN 'ar' END AS language,
    CASE WHEN status <> 'failed' THEN 0.3 + 0.6 * chance(i, 'confidence') END AS asr_confidence,
    CASE WHEN status = 'audited' THEN drawn_score >= 50 END AS brush_off,
    CASE WHEN status = 'audited' THEN drawn_score END AS brush_off_score,
    CASE WHEN status = 'audited' THEN abs(drawn_score - 50) < 8 END AS brush_off_unsure,
    CASE WHEN status = 'audited' THEN CASE
        WHEN drawn_score < 25 THEN pick(['resolved', 'committed'], i, 'end')
        WHEN drawn_score < 50 THEN pick(['resolved', 'committed', 'deferred'], i, 'end')
        ELSE pick(['deferred', 'none'], i, 'end') END END AS resolution,
    CASE WHEN status <> 'failed' THEN
        CASE WHEN chance(i, 'held') < 0.3 THEN CAST(240000 * chance(i, 'hold') AS BIGINT) ELSE 0 END
        END AS hold_ms,
    CASE WHEN status <> 'failed' THEN
        CASE WHEN chance(i, 'held') < 0.3 THEN CAST(160000 * chance(i, 'hold') AS BIGINT) ELSE 0 END
        END AS longest_hold_ms,
    CASE WHEN status <> 'failed' THEN CAST(30000 * chance(i, 'dead') AS BIGINT) END AS dead_air_ms,
    $run AS run_id
FROM judged

-- The next contact about the same matter, among all calls of the database, not only the selected ones.
-- The same matter is the same ticket; or the same caller, unless both calls name tickets that differ.
--   followed  the database reaches at least 7 days beyond the call: what came after it is known
--   within_7_days  the next contact came within 7 days
--   next_outbound  the centre called; a call whose direction is not told counts as the caller's
-- grain: one row a dated call that has a ticket or a caller
WITH traceable AS (
    SELECT
        call_id, started_at, ticket_id, caller_hash, is_outbound(direction) AS outbound
    FROM calls
    WHERE started_at IS NOT NULL AND (ticket_id IS NOT NULL OR caller_hash IS NOT NULL)
),
numbered AS (
    SELECT
        call_id, started_at, ticket_id,
        CASE WHEN ticket_id IS NOT NULL THEN lead(call_id) OVER ticket END AS ticket_call,
        CASE WHEN ticket_id IS NOT NULL THEN lead(started_at) OVER ticket END AS ticket_time,
        CASE WHEN ticket_id IS NOT NULL THEN lead(outbound) OVER ticket END AS ticket_outbound,
        CASE WHEN caller_hash IS NOT NULL THEN lead(call_id) OVER caller END AS caller_call,
        CASE WHEN caller_hash IS NOT NULL THEN lead(started_at) OVER caller END AS caller_time,
        CASE WHEN caller_hash IS NOT NULL THEN lead(outbound) OVER caller END AS caller_outbound,
        CASE WHEN caller_hash IS NOT NULL THEN lead(ticket_id) OVER caller END AS caller_ticket
    FROM traceable
    -- Calls without a ticket, or caller, stand alone: together they would be one huge partition.
    WINDOW
        ticket AS (
            PARTITION BY ticket_id IS NULL, coalesce(ticket_id, call_id)
            ORDER BY started_at, call_id
        ),
        caller AS (
            PARTITION BY caller_hash IS NULL, coalesce(caller_hash, call_id)
            ORDER BY started_at, call_id
        )
),
matched AS (
    SELECT
        *,
        caller_time IS NOT NULL
            AND (ticket_id IS NULL OR caller_ticket IS NULL OR ticket_id = caller_ticket)
            AND (ticket_time IS NULL OR caller_time < ticket_time) AS by_caller
    FROM numbered
),
chosen AS (
    SELECT
        call_id, started_at,
        CASE WHEN by_caller THEN caller_call ELSE ticket_call END AS next_call_id,
        CASE WHEN by_caller THEN caller_time ELSE ticket_time END AS next_started_at,
        CASE WHEN by_caller THEN caller_outbound ELSE ticket_outbound END AS next_outbound,
        CASE
            WHEN by_caller AND ticket_id IS DISTINCT FROM caller_ticket THEN 'same_caller'
            WHEN by_caller AND ticket_id IS NULL THEN 'same_caller'
            WHEN by_caller OR ticket_time IS NOT NULL THEN 'same_ticket'
        END AS matched_by
    FROM matched
)
SELECT
    chosen.*,
    coalesce(next_started_at <= started_at + INTERVAL 7 DAY, false) AS within_7_days,
    started_at + INTERVAL 7 DAY <= (SELECT max(started_at) FROM calls) AS followed
FROM chosen

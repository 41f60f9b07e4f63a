-- What became of the promises of the selected calls. outcome is
--   contacted         the centre called within 7 days, before the caller had to
--   caller_returned   the caller had to call again within 7 days: taken for broken
--   no_later_contact  no later contact within 7 days is in the database; kept or not is unknown
--   too_early         the database does not reach 7 days beyond the call. Also where the caller is back
--                     already: kept promises of these days are not known yet, and a share would be too high
--   untraceable       no date, or neither ticket nor caller is known
-- caller_returned says of too_early ones, too, that the caller is back.
-- grain: one row an audited call in which the agent promised something
SELECT
    calls.call_id, contacts.next_call_id, contacts.next_started_at, contacts.matched_by,
    CASE
        WHEN contacts.call_id IS NULL THEN 'untraceable'
        WHEN NOT followed THEN 'too_early'
        WHEN within_7_days AND next_outbound THEN 'contacted'
        WHEN within_7_days THEN 'caller_returned'
        ELSE 'no_later_contact'
    END AS outcome,
    coalesce(within_7_days AND NOT next_outbound, false) AS caller_returned
FROM selected_calls AS calls
SEMI JOIN commitments ON commitments.call_id = calls.call_id
LEFT JOIN next_contacts AS contacts ON contacts.call_id = calls.call_id
WHERE calls.status = 'audited'

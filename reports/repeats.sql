-- How often callers have to call again about the same matter within 7 days.
-- title: Calling again | معاودة الاتصال
-- grain: one row a kind of repeat; calls whose next 7 days the database does not hold are left out
-- note: The last 7 days of the database are left out of the shares: who will call again is not known yet. Those who did are listed below. | آخر 7 أيام في قاعدة البيانات خارج هذه النسب: لم تنقضِ مهلة المعاودة فيها. ومن عاود فيها مذكور في القائمة التالية.
-- columns:
--   kind             code      Kind | النوع | any_repeat, same_ticket, same_caller, or closed_untold: on calling again about the ticket the caller is told it is closed or to begin anew, and nobody had called in between
--   calls            integer   Calls | المكالمات | selected calls that could be followed: dated, with a ticket or a caller (same_ticket and closed_untold: with a ticket; same_caller: with a caller)
--   repeated         integer   Repeated | تكررت | those followed by such a call
--   share            share     Share | النسبة | repeated / calls
--   share_low        share     from | من | lower end of its 95 % interval (Wilson)
--   share_high       share     to | إلى | upper end of its 95 % interval
WITH contacts AS (
    SELECT
        calls.ticket_id IS NOT NULL AS ticketed, caller_hash IS NOT NULL AS known,
        within_7_days AND NOT next_outbound AS repeated, matched_by,
        closing.call_id IS NOT NULL AS closed
    FROM selected_calls AS calls
    JOIN next_contacts AS contacts ON contacts.call_id = calls.call_id
    LEFT JOIN (SELECT DISTINCT call_id FROM flags_that_count WHERE label = 'unresolved_closure')
        AS closing ON closing.call_id = contacts.next_call_id
    WHERE followed
),
counted AS (
    SELECT unnest([
        {position: 1, kind: 'any_repeat', calls: count(*), repeated: count(*) FILTER (repeated)},
        {position: 2, kind: 'same_ticket', calls: count(*) FILTER (ticketed),
         repeated: count(*) FILTER (repeated AND matched_by = 'same_ticket')},
        {position: 3, kind: 'same_caller', calls: count(*) FILTER (known),
         repeated: count(*) FILTER (repeated AND matched_by = 'same_caller')},
        {position: 4, kind: 'closed_untold', calls: count(*) FILTER (ticketed),
         repeated: count(*) FILTER (repeated AND matched_by = 'same_ticket' AND closed)}
    ], recursive := true)
    FROM contacts
)
SELECT
    kind, calls, repeated, share_of(repeated, calls) AS share,
    wilson_low(repeated, calls) AS share_low, wilson_high(repeated, calls) AS share_high
FROM counted
ORDER BY position

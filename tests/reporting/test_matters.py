"""Questions that follow a matter over several calls: promises, calling again."""

from __future__ import annotations


def test_promises_by_what_came_after(audits):
    audits.call("kept", caller="0501", direction="inbound")
    audits.call("kept-2", day=2, caller="0501", direction="outbound")
    audits.call("broken", ticket_id="77")
    audits.call("broken-2", day=3, ticket_id="77")
    audits.call("late", caller="0502")
    audits.call("late-2", day=8, caller="0502")
    audits.call("early", day=13, caller="0503")
    audits.call("unknown")
    audits.call("end", day=14)
    for call in ("kept", "broken", "late", "early", "unknown"):
        audits.promise(call, 1)
    assert audits.ask("promises_kept", "outcome", "calls", "share") == [
        ("contacted", 1, 0.3333),
        ("caller_returned", 1, 0.3333),
        ("no_later_contact", 1, 0.3333),
        ("too_early", 1, None),
        ("untraceable", 1, None),
    ]


def test_promises_of_the_last_days_are_too_early_also_where_the_caller_is_back(audits):
    audits.call("a", ticket_id="77")
    audits.call("b", day=1, ticket_id="77")
    audits.call("end", day=3)
    audits.promise("a", 1)
    audits.turn("a", 1, "بكرة إن شاء الله")
    assert audits.ask("promises_kept", "outcome", "calls", "share")[1:4] == [
        ("caller_returned", 0, None), ("no_later_contact", 0, None), ("too_early", 1, None),
    ]  # fmt: skip
    assert audits.ask("broken_promises", "call_id", "next_call_id") == [("a", "b")]


def test_a_broken_promise_shows_what_was_said(audits):
    audits.call("a", ticket_id="77", agent_id="A1")
    audits.call("b", day=1.5, ticket_id="77", agent_id="A2")
    audits.call("end", day=30)
    audits.turn("a", 2, "أتابعه قبل الخميس")
    audits.promise("a", 5, "بكرة")
    audits.promise("a", 2, "قبل الخميس")
    names = ("call_id", "agent_id", "turn_index", "start_ms", "promise", "deadline",
             "next_call_id", "next_agent_id", "days", "matched_by")  # fmt: skip
    assert audits.ask("broken_promises", *names) == [
        ("a", "A1", 2, 2000, "أتابعه قبل الخميس", "قبل الخميس", "b", "A2", 1.5, "same_ticket")
    ]


def test_another_ticket_of_the_same_caller_is_another_matter(audits):
    audits.call("a", caller="0501", ticket_id="1")
    audits.call("b", day=1, caller="0501", ticket_id="2")
    audits.call("c", day=2, caller="0501")
    audits.call("end", day=30)
    assert audits.ask("repeat_contacts", "call_id", "next_call_id", "matched_by") == [
        ("b", "c", "same_caller")
    ]


def test_repeats_leave_out_calls_whose_week_is_not_over(audits):
    audits.call("a", ticket_id="1")
    audits.call("b", day=1, ticket_id="1")
    audits.call("c", day=2, caller="0501")
    audits.call("d", day=3, caller="0501")
    audits.call("end", day=9, caller="0502")  # b and c are followed, d and end are not
    assert audits.ask("repeats", "kind", "calls", "repeated", "share") == [
        ("any_repeat", 3, 2, 0.6667),
        ("same_ticket", 2, 1, 0.5),
        ("same_caller", 1, 1, 1.0),
        ("closed_untold", 2, 0, 0.0),
    ]


def test_a_ticket_closed_between_two_calls_with_nothing_told(audits):
    audits.call("a", ticket_id="1", brush_off_score=70.0, agent_id="A1", resolution="deferred")
    audits.call("b", day=1, ticket_id="1", agent_id="A2")
    audits.flag("b", 1, "unresolved_closure")
    audits.promise("a", 1)
    audits.call("c", ticket_id="2", brush_off_score=80.0)
    audits.call("told", day=1, ticket_id="2", direction="outbound")
    audits.call("d", day=2, ticket_id="2", brush_off_score=75.0)
    audits.flag("d", 1, "unresolved_closure")
    audits.call("end", day=30)
    names = ("call_id", "resolution", "brush_off_score", "promised", "next_call_id",
             "next_agent_id", "days", "closed_untold")  # fmt: skip
    assert audits.ask("repeat_contacts", *names) == [
        ("a", "deferred", 70.0, True, "b", "A2", 1.0, True),
        ("told", "resolved", 20.0, False, "d", None, 1.0, True),
    ]
    assert audits.ask("repeats", "kind", "calls", "repeated")[3] == ("closed_untold", 5, 2)


def test_the_next_call_counts_whoever_answered_it(audits):
    audits.call("a", ticket_id="1", agent_id="A1")
    audits.call("b", day=1, ticket_id="1", agent_id="A2")
    audits.call("end", day=30)
    assert audits.ask("repeats", "kind", "repeated", agent="A1")[0] == ("any_repeat", 1)
    assert audits.ask("repeats", "kind", "repeated", agent="A2")[0] == ("any_repeat", 0)

"""Questions of counts and rates: rows in, rows out."""

from __future__ import annotations

from datetime import date

import pytest

# Wilson's interval, worked out apart from the SQL: scipy's
# binomtest(k, n).proportion_ci(method="wilson")
WILSON = {
    (0, 1): (0.0, 0.7935),
    (1, 2): (0.0945, 0.9055),
    (1, 1): (0.2065, 1.0),
    (1, 3): (0.0615, 0.7923),
    (2, 3): (0.2077, 0.9385),
    (0, 3): (0.0, 0.5615),
}  # fmt: skip


def test_overview_counts_every_call_once_and_rates_the_judged_ones(audits):
    audits.call("a", brush_off_score=90.0, resolution="none", agent_id="A1")
    audits.call("b", day=3, brush_off_score=30.0, brush_off_unsure=True, agent_id="A2")
    audits.call("c", resolution="committed", brush_off_score=0.0, duration_ms=3_600_000)
    audits.call("d", day=None, status="unscorable", duration_ms=None)
    audits.call("e", status="failed", duration_ms=None)
    ((row),) = audits.ask("overview")
    low, high = WILSON[1, 3]
    first, last = row[-2:]
    assert row[:-2] == (
        5, 3, 1, 1, 1, round(1 + 2 / 60, 4), 1, 0.3333, low, high, 1, 40.0, 0.6667, 0, 2
    )  # fmt: skip
    assert (first.isoformat(), last.isoformat()) == (
        "2026-11-02T09:00:00+03:00",
        "2026-11-05T09:00:00+03:00",
    )


def test_nothing_judged_has_no_rate(audits):
    audits.call("a", status="unscorable")
    assert audits.ask("overview", "calls", "audited", "brush_off_share", "share_low") == [
        (1, 0, None, None)
    ]


def test_weeks_begin_on_sunday_in_the_time_zone_of_the_report(audits):
    audits.call("saturday", day=-1 - 9 / 24 - 1 / 1440)  # 23:59 on Saturday 31 October
    audits.call("sunday", day=-1 - 9 / 24, brush_off_score=80.0)  # 00:00 on Sunday 1 November
    audits.call("monday", day=0)
    audits.call("undated", day=None)
    assert audits.ask("weeks", "week", "calls", "brushed_off", "share_low", "share_high") == [
        (date(2026, 10, 25), 1, 0, *WILSON[0, 1]),
        (date(2026, 11, 1), 2, 1, *WILSON[1, 2]),
        (None, 1, 0, *WILSON[0, 1]),
    ]
    assert audits.ask("weeks", "week", "calls", timezone="UTC")[:2] == [
        (date(2026, 10, 25), 2),
        (date(2026, 11, 1), 1),
    ]


def test_resolutions_are_all_listed_from_best_to_worst(audits):
    audits.call("a", resolution="none", brush_off_score=90.0)
    audits.call("b", resolution="none", brush_off_score=40.0)
    audits.call("c", resolution="resolved", brush_off_score=10.0)
    audits.call("d", status="unscorable")
    assert audits.ask("resolutions") == [
        ("resolved", 1, 0.3333, *WILSON[1, 3], 0, 0.0, 10.0),
        ("committed", 0, 0.0, *WILSON[0, 3], 0, None, None),
        ("deferred", 0, 0.0, *WILSON[0, 3], 0, None, None),
        ("none", 2, 0.6667, *WILSON[2, 3], 1, 0.5, 65.0),
    ]


def many(audits, agent: str, good: int, bad: int, **columns):
    for number in range(good + bad):
        score = 10.0 if number < good else 90.0
        audits.call(f"{agent}-{number}", agent_id=agent, brush_off_score=score, **columns)


def test_agents_with_few_calls_are_listed_without_a_rank(audits):
    many(audits, "best", 30, 0, vendor="masar")
    many(audits, "worst", 2, 28, vendor="sidra")
    many(audits, "lucky", 3, 0)
    audits.call("x", brush_off_score=10.0)
    answer = audits.ask("agents", "agent_id", "vendor", "audited", "rank", "standing")
    assert answer == [
        ("best", "masar", 30, 1, "better"),
        ("worst", "sidra", 30, 2, "worse"),
        ("lucky", None, 3, None, "too_few_calls"),
        (None, None, 1, None, "not_told"),
    ]
    assert ("lucky", 1) in audits.ask("agents", "agent_id", "rank", min_calls=3)


def test_unscorable_calls_do_not_make_an_agent_good(audits):
    many(audits, "A1", 5, 5)
    for number in range(90):
        audits.call(f"u{number}", agent_id="A1", status="unscorable")
    ((calls, audited, unscorable, share, rank),) = audits.ask(
        "agents", "calls", "audited", "unscorable", "brush_off_share", "rank"
    )
    assert (calls, audited, unscorable, share, rank) == (100, 10, 90, 0.5, 1)


def test_a_group_that_chance_explains_is_neither_better_nor_worse(audits):
    many(audits, "A1", 6, 4)
    many(audits, "A2", 5, 5)
    assert audits.ask("agents", "agent_id", "standing") == [
        ("A1", "not_different"),
        ("A2", "not_different"),
    ]


@pytest.mark.parametrize(
    ("question", "column"),
    [("vendors", "vendor"), ("service_channels", "service_channel"), ("queues", "queue")],
)
def test_other_groups_are_measured_alike(audits, question, column):
    many(audits, "A1", 9, 1, **{column: "one"})
    many(audits, "A2", 4, 6, **{column: "two"})
    names = (
        column,
        "calls",
        "brushed_off",
        "brush_off_share",
        "mean_score",
        "helped_share",
        "rank",
    )
    assert audits.ask(question, *names) == [
        ("one", 10, 1, 0.1, 18.0, 1.0, 1),
        ("two", 10, 6, 0.6, 58.0, 1.0, 2),
    ]


def test_channels_differ_by_newcombes_interval(audits):
    # 56 of 70 against 48 of 80: the worked example of Newcombe (1998), method 10: 0.0524 to 0.3339
    many(audits, "A1", 14, 56, service_channel="hotline")
    many(audits, "A2", 32, 48, service_channel="branch")
    many(audits, "A3", 1, 1, service_channel="mail")
    assert audits.ask("channel_differences") == [
        ("hotline", 70, 0.8, "branch", 80, 0.6, 0.2, 0.0524, 0.3339, "differ")
    ]


def test_channels_that_chance_explains(audits):
    many(audits, "A1", 5, 5, service_channel="hotline")
    many(audits, "A2", 6, 4, service_channel="branch")
    ((low, high, reading),) = audits.ask(
        "channel_differences", "difference_low", "difference_high", "reading"
    )
    assert low < 0 < high
    assert reading == "not_different"


def test_labels_count_turns_and_calls_of_every_label(audits):
    audits.call("a")
    audits.call("b")
    for turn in (1, 3):
        audits.turn("a", turn, "تطمن")
        audits.flag("a", turn, "placation", 0.6 + turn / 10)
    audits.flag("b", 1, "stalling", 0.9)
    answer = audits.ask("labels")
    assert [row[0] for row in answer] == [
        "placation", "deflection", "stalling", "unresolved_closure", "uninformed", "disclaiming",
        "dismissive_tone",
    ]  # fmt: skip
    assert answer[0] == ("placation", 2, 1, 2, 0.5, *WILSON[1, 2], 0.8, 0, 0, 0)
    assert answer[1][1:5] == (0, 0, 2, 0.0)
    assert answer[2][1:5] == (1, 1, 2, 0.5)


def test_a_nearest_kind_is_no_kind_until_people_confirm_it(audits):
    audits.call("a", agent_id="A1")
    for turn, label in ((1, "placation"), (3, "stalling")):
        audits.turn("a", turn, "تطمن")
        audits.flag("a", turn, label, 0.2)  # its threshold is 0.5
    audits.review_flag("a", 3, "stalling", "confirmed", "تطمن")
    wanted = [("placation", 0, 0, None, 1), ("stalling", 1, 1, 0.2, 0)]
    answer = audits.ask("labels", "label", "turns", "calls", "mean_score", "nearest")
    assert [answer[0], answer[2]] == wanted
    by_agent = audits.ask("labels_by_agent", "label", "turns")
    assert [by_agent[0], by_agent[2]] == [("placation", 0), ("stalling", 1)]
    assert audits.ask("flagged_calls", "label", "kind_sure") == [
        ("placation", False), ("stalling", True),
    ]  # fmt: skip


def test_nobody_waits_for_a_call_that_the_centre_makes(audits):
    audits.call("in", wait_ms=30_000, direction="inbound")
    audits.call("out", wait_ms=90_000, direction="صادرة")
    audits.call("not told", wait_ms=50_000)
    assert audits.ask("waiting", "level", "waits_told", "wait_median_ms")[0] == ("all", 2, 40_000)


@pytest.mark.parametrize(
    ("question", "column", "group"),
    [
        ("labels_by_agent", "agent_id", "one"),
        ("labels_by_vendor", "vendor", "one"),
        ("labels_by_service_channel", "service_channel", "one"),
        ("labels_by_queue", "queue", "one"),
        ("labels_by_week", "started_at", date(2026, 11, 1)),
    ],
)
def test_labels_of_groups(audits, question, column, group):
    if column == "started_at":
        audits.call("a")
        audits.call("b", day=None)
    else:
        audits.call("a", **{column: "one"})
        audits.call("b")
    audits.flag("a", 1, "deflection")
    answer = audits.ask(question)
    assert len(answer) == 14
    assert answer[1] == (group, "deflection", 1, 1, 1, 1.0, *WILSON[1, 1])
    assert answer[8] == (None, "deflection", 1, 0, 0, 0.0, *WILSON[0, 1])


def test_waiting_by_channel_and_queue(audits):
    for number, wait in enumerate((10, 20, 30, 40, 50)):
        audits.call(
            f"h{number}", service_channel="hotline", queue="bills", wait_ms=wait * 1000,
            hold_ms=number * 1000, longest_hold_ms=number * 500, dead_air_ms=number * 100,
        )  # fmt: skip
    audits.call("b", service_channel="branch", queue=None, hold_ms=0, dead_air_ms=0)
    answer = audits.ask("waiting")
    hotline = (5, 30_000, 46_000, 5, 4, 0.8, 2_500, 3_700, 1_850, 2_000, 200, 360)
    assert [row[:3] for row in answer] == [
        ("all", None, None),
        ("service_channel", "branch", None),
        ("service_channel", "hotline", None),
        ("queue", "branch", None),
        ("queue", "hotline", "bills"),
    ]
    assert answer[2][3:] == answer[4][3:] == hotline
    assert answer[1][3:] == (0, None, None, 1, 0, 0.0, None, None, None, None, 0, 0)
    assert answer[0][3:9] == (5, 30_000, 46_000, 6, 4, 0.6667)


def test_selections(audits):
    audits.call("a", agent_id="A1", vendor="v", service_channel="hotline", queue="q")
    audits.call("b", day=1, agent_id="A2")
    audits.call("c", day=None)
    first, second = date(2026, 11, 2), date(2026, 11, 3)
    for selection, calls in (
        ({}, 3),
        ({"since": first}, 2),
        ({"since": second}, 1),
        ({"until": first}, 1),
        ({"since": first, "until": second}, 2),
        ({"agent": "A1"}, 1),
        ({"vendor": "v"}, 1),
        ({"service_channel": "hotline"}, 1),
        ({"queue": "q"}, 1),
        ({"queue": "q", "agent": "A2"}, 0),
    ):
        assert audits.ask("overview", "calls", **selection) == [(calls,)], selection

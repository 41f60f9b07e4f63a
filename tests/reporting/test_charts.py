"""Where the marks of charts stand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reporting.charts import Bar, Week, bar_chart, stacked_bar, trend_chart

shares = st.floats(min_value=0, max_value=1)


def bar(value, low=None, high=None):
    return Bar("A1", value, low, high, "")


def test_shares_stand_on_an_axis_that_ends_above_the_highest():
    chart = bar_chart("", [bar(0.3, 0.2, 0.38), bar(0.1)], "en", reference=0.2)
    assert [tick.text for tick in chart.ticks] == ["0%", "10%", "20%", "30%", "40%"]
    first, second = chart.rows
    assert (first.at, first.whisker_start, first.whisker_end) == (75, 50, 95)
    assert (second.at, second.whisker_start) == (25, None)
    assert (chart.reference.at, chart.reference.text) == (50, "20%")


def test_arabic_runs_from_the_right():
    chart = bar_chart("", [bar(0.1, 0.05, 0.2)], "ar", shape="bar")
    row = chart.rows[0]
    assert (row.at, row.bar_start, row.bar_width) == (50, 50, 50)
    assert (row.whisker_start, row.whisker_end) == (75, 0)
    assert chart.ticks[0].at == 100


def test_durations_and_levels_have_axes_of_their_own():
    waits = bar_chart("", [bar(48_000, 48_000, 186_000)], "en", measure="duration")
    assert [tick.text for tick in waits.ticks] == ["0:00", "1:00", "2:00", "3:00", "4:00", "5:00"]
    answers = bar_chart("", [bar(4.8, 4.6, 4.9), bar(2.1)], "en", measure="level")
    assert [tick.text for tick in answers.ticks] == ["2", "3", "4", "5"]


@given(st.lists(st.tuples(shares, shares, shares), min_size=1), st.sampled_from(["ar", "en"]))
def test_every_mark_lies_on_the_chart_and_in_its_interval(triples, language):
    bars = [bar(sorted(t)[1], sorted(t)[0], sorted(t)[2]) for t in triples]
    for row in bar_chart("", bars, language).rows:
        low, high = sorted((row.whisker_start, row.whisker_end))
        assert 0 <= low <= row.at <= high <= 100


@given(st.lists(st.floats(min_value=0, max_value=1e4), min_size=1, max_size=8))
def test_parts_of_a_stack_fill_it_without_a_gap(sizes):
    stack = stacked_bar("", [(str(n), str(n), size, "") for n, size in enumerate(sizes)], "ar")
    if sum(sizes) == 0:
        assert stack is None
        return
    assert sum(part.width for part in stack.segments) == pytest.approx(100, abs=0.05)
    assert stack.segments[0].start + stack.segments[0].width == pytest.approx(100, abs=0.02)


def weeks(*told):
    """(week, share, few)"""
    first = date(2026, 10, 4)
    return [
        Week(
            first + timedelta(weeks=number),
            share,
            max(0, share - 0.1),
            min(1, share + 0.1),
            "",
            few,
        )
        for number, share, few in told
    ]


def test_weeks_stand_by_their_date_the_newest_last():
    chart = trend_chart("", "", weeks((0, 0.3, False), (1, 0.4, False), (4, 0.2, False)), 0.3, "en")
    places = [point.at for point in chart.points]
    assert places == [2.5, 26.25, 97.5]
    assert chart.week_labels[-1].text == "1 Nov"
    arabic = trend_chart("", "", weeks((0, 0.3, False), (4, 0.2, False)), 0.3, "ar")
    assert [point.at for point in arabic.points] == [97.5, 2.5]


def test_a_week_of_few_calls_does_not_stretch_the_axis():
    told = [(number, 0.3, False) for number in range(3)]
    lone = Week(date(2026, 11, 1), 0.35, 0.0, 0.97, "", few=True)
    chart = trend_chart("", "", [*weeks(*told), lone], 0.3, "en")
    assert chart.levels[-1].text == "40%"
    assert chart.points[-1].y_high == 0
    assert chart.points[-1].few


def test_one_week_is_no_trend():
    assert trend_chart("", "", weeks((0, 0.3, False)), 0.3, "ar") is None
    assert bar_chart("", [], "ar") is None

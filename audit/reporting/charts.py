"""The geometry of the charts: where each mark stands, in per cent of the chart's width.

The templates draw it as inline SVG. Positions are shares of the width rather than units of a view
box, so that a chart fits a phone with its text and marks at their size. In Arabic all runs from right
to left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from audit.reporting import figures
from audit.reporting.report import Language

#: ``few``: too few calls to be ranked. ``plain``: no clear difference, or nothing to differ from.
Mark = Literal["better", "worse", "plain", "few"]

#: Ends of an axis of shares, each with its step.
_SHARE_AXES = (
    (0.05, 0.01), (0.1, 0.02), (0.2, 0.05), (0.3, 0.1), (0.4, 0.1), (0.5, 0.1), (0.6, 0.2), (0.8, 0.2),
    (1.0, 0.25),
)  # fmt: skip
#: Ends of an axis of durations in seconds, each with its step.
_DURATION_AXES = (
    (30, 10), (60, 15), (120, 30), (180, 60), (300, 60), (480, 120), (600, 120), (900, 300), (1800, 600),
    (3600, 900), (7200, 1800), (14400, 3600),
)  # fmt: skip
#: Room at both ends of a trend, in per cent, so that no mark is cut.
_TREND_MARGIN = 2.5
_TREND_LABELS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart to be drawn: a measure with its interval, where that is known."""

    label: str
    value: float
    low: float | None
    high: float | None
    text: str
    note: str = ""
    mark: Mark = "plain"


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A ``Bar`` with its places: ``at`` of the value, ``start`` and ``width`` of bar and whisker."""

    bar: Bar
    at: float
    bar_start: float
    bar_width: float
    whisker_start: float | None
    whisker_end: float | None


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """Lines under each other on one axis. ``reference`` is a measure to hold them against."""

    caption: str
    rows: tuple[DrawnBar, ...]
    ticks: tuple[Tick, ...]
    reference: Tick | None
    #: Dots where zero is no measure of the length, bars where it is.
    shape: Literal["bar", "dot"]
    #: After which line some are left out, how many, and what stands there.
    gap_after: int | None = None
    gap_text: str = ""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class TrendPoint:
    at: float
    y: float
    y_low: float
    y_high: float
    text: str
    few: bool


@dataclass(frozen=True, slots=True)
class TrendChart:
    """Shares by week. ``y`` is in pixels from the top, of ``height``."""

    caption: str
    description: str
    points: tuple[TrendPoint, ...]
    week_labels: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    reference: Tick
    height: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar that sums to all."""

    code: str
    label: str
    start: float
    width: float
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class StackedBar:
    caption: str
    segments: tuple[Segment, ...]


class Direction:
    """Turns shares of an axis into places, from the reader's starting side."""

    def __init__(self, language: Language) -> None:
        self._mirrored = language == "ar"

    def place(self, share: float) -> float:
        at = min(1.0, max(0.0, share)) * 100
        return round(100 - at if self._mirrored else at, 2)

    def span(self, low: float, high: float) -> tuple[float, float]:
        """The left end and the width of what lies between two shares."""
        ends = sorted((self.place(low), self.place(high)))
        return ends[0], round(ends[1] - ends[0], 2)


def bar_chart(
    caption: str,
    bars: Sequence[Bar],
    language: Language,
    *,
    measure: Literal["share", "duration", "level"] = "share",
    shape: Literal["bar", "dot"] = "dot",
    reference: float | None = None,
    gap_after: int | None = None,
    gap_text: str = "",
    left_out: int = 0,
) -> BarChart | None:
    """A chart of ``bars``; ``None`` where there are none. Durations are in milliseconds."""
    if not bars:
        return None
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if end is not None]
    start, end, step, written = _axis(measure, ends if reference is None else [*ends, reference])
    direction = Direction(language)

    def share(value: float) -> float:
        return (value - start) / (end - start)

    return BarChart(
        caption=caption,
        rows=tuple(_drawn(bar, share, direction) for bar in bars),
        ticks=tuple(
            Tick(direction.place(share(start + step * number)), written(start + step * number))
            for number in range(round((end - start) / step) + 1)
        ),
        reference=None
        if reference is None
        else Tick(direction.place(share(reference)), written(reference)),
        shape=shape,
        gap_after=gap_after,
        gap_text=gap_text,
        left_out=left_out,
    )


def _drawn(bar: Bar, share: Callable[[float], float], direction: Direction) -> DrawnBar:
    start, width = direction.span(0, share(bar.value))
    has_interval = bar.low is not None and bar.high is not None
    return DrawnBar(
        bar=bar,
        at=direction.place(share(bar.value)),
        bar_start=start,
        bar_width=width,
        whisker_start=direction.place(share(bar.low))
        if has_interval and bar.low is not None
        else None,
        whisker_end=direction.place(share(bar.high))
        if has_interval and bar.high is not None
        else None,
    )


def _axis(
    measure: Literal["share", "duration", "level"], values: Sequence[float]
) -> tuple[float, float, float, Callable[[float], str]]:
    """Start, end and step of an axis that holds ``values``, and how its ticks are written."""
    highest = max(values)
    if measure == "share":
        end, step = _first_that_holds(_SHARE_AXES, highest)
        return 0, end, step, lambda value: f"{value * 100:.0f}%"
    if measure == "duration":
        end, step = _first_that_holds(_DURATION_AXES, highest / 1000)
        return 0, end * 1000, step * 1000, figures.duration
    low, high = int(min(values)), int(-(-highest // 1))
    return (
        low,
        max(high, low + 1),
        1 if high - low <= 10 else (high - low) / 5,
        lambda value: f"{value:g}",
    )


def _first_that_holds(axes: Sequence[tuple[float, float]], highest: float) -> tuple[float, float]:
    return next((axis for axis in axes if axis[0] >= highest - 1e-9), axes[-1])


@dataclass(frozen=True, slots=True)
class Week:
    """The share of a week, with its interval. ``few``: too few judged calls to be ranked."""

    week: date
    share: float
    low: float
    high: float
    note: str
    few: bool


def trend_chart(
    caption: str, description: str, weeks: Sequence[Week], whole: float, language: Language,
    *, height: int = 190,
) -> TrendChart | None:  # fmt: skip
    """The weeks in order of time; ``None`` for fewer than two. ``whole`` is the share of all calls."""
    if len(weeks) < 2:
        return None
    first, last = weeks[0].week, weeks[-1].week
    # A week with a handful of calls has an interval as high as the chart; it may be cut instead.
    heard = [week for week in weeks if not week.few] or weeks
    end, step = _first_that_holds(
        _SHARE_AXES, max(*(week.high for week in heard), *(week.share for week in weeks), whole)
    )
    direction = Direction(language)

    def place(week: Week) -> float:
        share = (week.week - first).days / (last - first).days
        return direction.place((share * (100 - 2 * _TREND_MARGIN) + _TREND_MARGIN) / 100)

    def y(share: float) -> float:
        return round(height * (1 - min(share, end) / end), 1)

    labelled = _evenly(len(weeks), _TREND_LABELS)
    return TrendChart(
        caption=caption,
        description=description,
        points=tuple(
            TrendPoint(
                place(week), y(week.share), y(week.low), y(week.high),
                f"{figures.day(week.week, language)}: {week.note}", week.few,
            )
            for week in weeks
        ),
        week_labels=tuple(
            Tick(place(weeks[at]), figures.day(weeks[at].week, language, year=False)) for at in labelled
        ),
        levels=tuple(Tick(y(step * n), f"{step * n * 100:.0f}%") for n in range(round(end / step) + 1)),
        reference=Tick(y(whole), figures.percent(whole)),
        height=height,
    )  # fmt: skip


def _evenly(total: int, wanted: int) -> list[int]:
    """At most ``wanted`` of ``total`` places, the first and the last among them."""
    if total <= wanted:
        return list(range(total))
    return [round(number * (total - 1) / (wanted - 1)) for number in range(wanted)]


def stacked_bar(
    caption: str, parts: Sequence[tuple[str, str, float, str]], language: Language
) -> StackedBar | None:
    """Of parts ``(code, label, share, detail)``; ``None`` where they sum to nothing."""
    total = sum(share for _, _, share, _ in parts)
    if not total:
        return None
    direction = Direction(language)
    segments, begun = [], 0.0
    for code, label, share, detail in parts:
        start, width = direction.span(begun / total, (begun + share) / total)
        segments.append(Segment(code, label, start, width, figures.percent(share / total), detail))
        begun += share
    return StackedBar(caption, tuple(segments))

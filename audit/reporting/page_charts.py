"""The charts of a report: which measures of which tables, with what beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from audit.reporting import figures
from audit.reporting.charts import (
    Bar,
    BarChart,
    Mark,
    StackedBar,
    TrendChart,
    Week,
    bar_chart,
    stacked_bar,
    trend_chart,
)
from audit.reporting.findings import TRACED_OUTCOMES, rows_of
from audit.reporting.page_tables import name_text
from audit.reporting.report import Language, Report, ReportTable
from audit.reporting.sentences import figure
from audit.reporting.wording import code_text

#: More ranked groups than this are shown by their best and their worst.
MOST_GROUPS = 16
_MARKS: dict[str, Mark] = {"better": "better", "worse": "worse", "too_few_calls": "few"}
_LONGEST_NAME = 40
#: Trends over more weeks than this are cut to the latest.
MOST_WEEKS = 78


class ChartMaker:
    """Makes the charts of ``report``; each is ``None`` where there is nothing to draw."""

    def __init__(self, report: Report, language: Language, words: dict[str, str]) -> None:
        self._report = report
        self._language = language
        self._words = words

    def trend(self, most: int = MOST_WEEKS) -> TrendChart | None:
        """The rate by week, of the latest ``most`` weeks."""
        rows = [
            row for row in self._rows("weeks") if row["week"] and row["brush_off_share"] is not None
        ]
        whole = self._whole()
        if whole is None:
            return None
        weeks = [
            Week(
                row["week"], row["brush_off_share"], row["share_low"], row["share_high"],
                self._rate_note(row), row["audited"] < self._report.selection.min_calls,
            )
            for row in rows[-most:]
        ]  # fmt: skip
        table = self._table("weeks")
        caption = table.question.title.text(self._language) if table else ""
        description = "; ".join(
            f"{figures.day(week.week, self._language)}: {week.note}" for week in weeks
        )
        return trend_chart(caption, description, weeks, whole, self._language)

    def groups(
        self, table: str, *, only_ranked: bool = False, most: int = MOST_GROUPS
    ) -> BarChart | None:
        """The rates of the groups of a table with their intervals, held against all calls.

        Of more than ``most``, those that are ranked, the best and the worst; else the largest.
        """
        found = self._table(table)
        if found is None:
            return None
        key = found.columns[0].name
        rows = [row for row in found.records() if row[key] is not None and row["audited"]]
        ranked = [row for row in rows if row["rank"] is not None]
        shown = ranked if only_ranked or (ranked and len(rows) > most) else rows
        gap_after, gap_text, left_out = None, "", len(shown) - most
        if left_out > 0 and ranked:
            gap_after = most - most // 2
            shown = shown[:gap_after] + shown[-(most // 2) :]
            gap_text = self._words["between"].format(n=left_out)
        elif left_out > 0:
            shown = sorted(shown, key=_judged, reverse=True)[:most]
        return bar_chart(
            found.question.title.text(self._language),
            [self._rate(name_text(key, row[key], self._language), row) for row in shown],
            self._language,
            reference=self._whole(),
            gap_after=gap_after,
            gap_text=gap_text,
            left_out=max(0, left_out),
        )

    def labels(self) -> BarChart | None:
        return self._shares("labels", "label", "audited")

    def _shares(self, table: str, key: str, whole: str) -> BarChart | None:
        found = self._table(table)
        bars = [
            Bar(
                label=code_text(row[key], self._language), value=row["share"], low=row["share_low"],
                high=row["share_high"], text=figures.percent(row["share"], exact=True),
                note=self._part(row["calls"], row[whole]),
            )
            for row in self._rows(table)
            if row["share"] is not None
        ]  # fmt: skip
        caption = found.question.title.text(self._language) if found else ""
        return bar_chart(caption, bars, self._language, shape="bar")

    def resolutions(self) -> StackedBar | None:
        found = self._table("resolutions")
        caption = found.question.title.text(self._language) if found else ""
        return self._stack(caption, self._rows("resolutions"), "resolution")

    def promises(self) -> StackedBar | None:
        rows = [row for row in self._rows("promises_kept") if row["outcome"] in TRACED_OUTCOMES]
        return self._stack(self._words["promise_chart"], rows, "outcome")

    def _stack(self, caption: str, rows: Sequence[dict[str, Any]], key: str) -> StackedBar | None:
        parts = [
            (
                row[key],
                code_text(row[key], self._language),
                row["share"] or 0.0,
                figures.count(row["calls"]),
            )
            for row in rows
        ]
        return stacked_bar(caption, parts, self._language)

    def waiting(self) -> BarChart | None:
        """The wait before an answer by service channel: the median, and what nine of ten do not pass."""
        bars = [
            Bar(
                label=self._words["all_calls"] if row["level"] == "all"
                else name_text("service_channel", row["service_channel"], self._language),
                value=row["wait_median_ms"], low=row["wait_median_ms"], high=row["wait_p90_ms"],
                text=figures.duration(row["wait_median_ms"]), note=figures.duration(row["wait_p90_ms"]),
            )
            for row in self._rows("waiting")
            if row["level"] in ("all", "service_channel") and row["wait_median_ms"] is not None
        ]  # fmt: skip
        return bar_chart(
            self._words["wait_chart"],
            bars[:MOST_GROUPS],
            self._language,
            measure="duration",
            shape="bar",
        )

    def satisfaction(self) -> BarChart | None:
        bars = [
            Bar(
                label=self._words["score_band"].format(
                    low=figure(str(row["score_from"])), high=figure(str(row["score_to"]))
                ),
                value=row["mean_survey"], low=row["survey_low"], high=row["survey_high"],
                text=f"{row['mean_survey']:.2f}", note=self._part(row["surveyed"], row["audited"]),
            )
            for row in self._rows("satisfaction")
            if row["mean_survey"] is not None
        ]  # fmt: skip
        found = self._table("satisfaction")
        caption = found.question.title.text(self._language) if found else ""
        return bar_chart(caption, bars, self._language, measure="level")

    def _rate(self, label: str, row: dict[str, Any]) -> Bar:
        return Bar(
            label=figures.shortened(label, _LONGEST_NAME),
            value=row["brush_off_share"],
            low=row["share_low"],
            high=row["share_high"],
            text=figures.percent(row["brush_off_share"], exact=True),
            note=self._part(row["brushed_off"], row["audited"]),
            mark=_MARKS.get(row["standing"], "plain"),
        )

    def _rate_note(self, row: dict[str, Any]) -> str:
        share = figures.percent(row["brush_off_share"], exact=True)
        part = self._part(row["brushed_off"], row["audited"])
        return f"{share} ({figures.interval(row['share_low'], row['share_high'])}), {part}"

    def _part(self, part: int, whole: int) -> str:
        return self._words["of_calls"].format(part=figures.count(part), whole=figures.count(whole))

    def _whole(self) -> float | None:
        rows = self._rows("overview")
        return cast("float | None", rows[0]["brush_off_share"]) if rows else None

    def _table(self, name: str) -> ReportTable | None:
        return self._report.table(name)

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self._report, table)


#: What the marks of a chart of groups may be, in the order of a legend.
MARKS: tuple[Mark, ...] = ("better", "plain", "worse", "few")


def _judged(row: dict[str, Any]) -> int:
    return int(row["audited"])

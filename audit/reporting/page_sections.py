"""The sections of the report page: what stands in each, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from audit.reporting.charts import BarChart
from audit.reporting.excerpt_links import ExcerptLinks
from audit.reporting.findings import Findings, compares_usual_channels, rows_of
from audit.reporting.page_charts import ChartMaker
from audit.reporting.page_moments import flagged_moments, praised_calls
from audit.reporting.page_tables import table_view
from audit.reporting.page_tiles import overview_tiles
from audit.reporting.page_words import LABEL_MEANINGS, page_words
from audit.reporting.report import Language, Report
from audit.reporting.shares_by import shares_by
from audit.reporting.wording import code_text

BlockKind = Literal[
    "tiles", "trend", "bars", "stack", "table", "moments", "praise", "meanings", "note", "shares_by"
]
#: Calls to praise that are shown as cards; the table has all.
_PRAISED = 6
#: Columns that a reader of the page can do without; the other formats have them.
_LEFT_OUT = {
    "weeks": ("hours", "failed"),
    "service_channels": ("hours", "failed"),
    "vendors": ("hours", "failed"),
    "queues": ("hours", "failed"),
    "agents": ("hours", "failed"),
    "waiting": ("longest_hold_p90_ms",),
    "broken_promises": ("turn_index",),
    "best_calls": ("turn_index",),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a section. ``value`` is what the template of its kind draws."""

    kind: BlockKind
    value: Any
    key: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    leads: tuple[str, ...]
    blocks: tuple[Block, ...]


class PageSections:
    """Makes the sections of ``report``, those first that a manager asks for first."""

    def __init__(self, report: Report, language: Language, excerpts: ExcerptLinks) -> None:
        self._report = report
        self._language = language
        self._excerpts = excerpts
        self._words = page_words(language)
        self._findings = Findings(report, language)
        self._charts = ChartMaker(report, language, self._words)

    def sections(self) -> tuple[Section, ...]:
        found = (
            self._overview(), self._channels(), self._labels(), self._resolutions(),
            self._groups("agents"), self._groups("vendors"), self._groups("queues"), self._by(),
            self._waiting(), self._promises(), self._praise(), self._satisfaction(), self._flagged(),
        )  # fmt: skip
        return tuple(section for section in found if section is not None)

    def _overview(self) -> Section:
        findings = self._findings
        blocks = [Block("tiles", overview_tiles(self._report, self._language))]
        if trend := self._charts.trend():
            blocks.append(Block("trend", trend))
        blocks.extend(self._tables("weeks"))
        return self._section("overview", (findings.overview(), findings.last_week()), blocks)

    def _channels(self) -> Section | None:
        if not self._has("service_channels"):
            return None
        blocks = [*self._bars(self._charts.groups("service_channels"), "interval_key")]
        blocks.extend(self._tables("service_channels"))
        if rows_of(self._report, "channel_differences"):
            blocks.extend(self._tables("channel_differences"))
        title = self._words["channels"] if compares_usual_channels(self._report) else ""
        return self._section("service_channels", (self._findings.channels(),), blocks, title)

    def _labels(self) -> Section | None:
        if not self._has("labels"):
            return None
        meanings = [
            (code_text(code, self._language), meaning.text(self._language))
            for code, meaning in LABEL_MEANINGS.items()
        ]
        blocks = [*self._bars(self._charts.labels(), "bar_key"), Block("meanings", meanings)]
        return self._section(
            "labels", (self._findings.labels(),), [*blocks, *self._tables("labels")]
        )

    def _resolutions(self) -> Section | None:
        if not self._has("resolutions"):
            return None
        stack = self._charts.resolutions()
        blocks = [Block("stack", stack)] if stack else []
        blocks.extend(self._tables("resolutions"))
        return self._section("resolutions", (self._findings.resolutions(),), blocks)

    def _groups(self, table: str) -> Section | None:
        if not self._has(table):
            return None
        chart = self._charts.groups(table, only_ranked=table == "agents")
        blocks = [*self._bars(chart, "interval_key")]
        return self._section(
            table, (self._findings.groups(table),), [*blocks, *self._tables(table)]
        )

    def _by(self) -> Section | None:
        """The kinds of brush-off of each group, where the report is about one dimension."""
        table = self._report.table(f"labels_by_{self._report.by}") if self._report.by else None
        if table is None or not table.rows:
            return None
        title = table.question.title.text(self._language)
        return self._section(
            table.name,
            (),
            [
                Block(
                    "shares_by", shares_by(table, self._language, self._report.selection.min_calls)
                )
            ],
            title,
        )

    def _waiting(self) -> Section | None:
        if not self._has("waiting"):
            return None
        blocks = [*self._bars(self._charts.waiting(), "wait_key"), *self._tables("waiting")]
        return self._section("waiting", (self._findings.waiting(),), blocks)

    def _promises(self) -> Section | None:
        if not self._has("promises_kept"):
            return None
        stack = self._charts.promises()
        blocks = [Block("stack", stack)] if stack else []
        for table in ("promises_kept", "broken_promises", "repeats", "repeat_contacts"):
            blocks.extend(self._tables(table))
        leads = (self._findings.promises(), self._findings.repeats())
        return self._section("promises_kept", leads, blocks, self._words["promises"])

    def _praise(self) -> Section | None:
        table = self._report.table("best_calls")
        if table is None:
            return None
        blocks = []
        if table.rows:
            praised = praised_calls(table, self._language, self._excerpts, _PRAISED)
            blocks.append(Block("praise", praised))
        if len(table.rows) > _PRAISED:
            blocks.extend(self._tables("best_calls"))
        return self._section(
            "best_calls", (self._findings.praise(),), blocks, self._words["praise"]
        )

    def _satisfaction(self) -> Section | None:
        """Only where surveys were answered."""
        if not (lead := self._findings.satisfaction()):
            return None
        blocks = [*self._bars(self._charts.satisfaction(), "survey_key")]
        blocks.extend(self._tables("satisfaction"))
        blocks.extend(self._tables("satisfaction_correlation"))
        return self._section("satisfaction", (lead,), blocks, self._words["satisfaction"])

    def _flagged(self) -> Section | None:
        table = self._report.table("flagged_calls")
        if table is None:
            return None
        moments = flagged_moments(table, self._language, self._excerpts, self._words["label"])
        leads = (self._words["moments_guide"],) if table.rows else (self._words["empty"],)
        return self._section(
            "flagged_calls", leads, [Block("moments", moments)], self._words["flagged"]
        )

    def _bars(self, chart: BarChart | None, key: str) -> Iterator[Block]:
        if chart is not None:
            yield Block("bars", chart, self._words[key])

    def _tables(self, name: str) -> Iterator[Block]:
        if (table := self._report.table(name)) is not None:
            left_out = _LEFT_OUT.get(name, ())
            if name == "weeks":
                table = replace(table, rows=table.rows[::-1])  # the newest first
            yield Block("table", table_view(table, self._language, self._excerpts, left_out))

    def _has(self, table: str) -> bool:
        return self._report.table(table) is not None

    def _section(
        self, table: str, leads: tuple[str, ...], blocks: list[Block], title: str = ""
    ) -> Section:
        """``title`` is the table's own where none is given."""
        found = self._report.table(table)
        own = found.question.title.text(self._language) if found else ""
        return Section(table, title or own, tuple(lead for lead in leads if lead), tuple(blocks))

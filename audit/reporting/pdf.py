"""The summary for management: two pages of A4, Arabic first, without any font of the system."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from audit.reporting import figures
from audit.reporting.about import guide, period
from audit.reporting.advice import advice
from audit.reporting.charts import Bar, BarChart, StackedBar, TrendChart
from audit.reporting.findings import Findings, compares_usual_channels
from audit.reporting.page_charts import ChartMaker
from audit.reporting.page_tables import name_text
from audit.reporting.page_tiles import overview_tiles
from audit.reporting.page_words import page_words
from audit.reporting.report import Language, Report
from audit.reporting.sentences import END, FIRST_STRONG, figure, name
from audit.reporting.shares_by import shares_by
from audit.reporting.summary_words import summary_words
from audit.reporting.typeface import FAMILY, font_folder
from audit.reporting.wording import described_selection
from audit.resources import resource_path

#: Lines that keep each part within its place on the two pages.
_MOST_VENDORS = 6
_MOST_QUEUES = 6
_MOST_GROUPS = 18
_MOST_CHANNELS = 4
_MOST_WEEKS = 53
_LONGEST_LABEL = 24
_LONGEST_SELECTION = 90


def write_pdf(report: Report, out: Path, *, language: Language) -> None:
    """Write the summary of ``report`` to ``out``. The same report gives the same bytes.

    Raises ``OSError`` when ``out`` cannot be written.
    """
    import typst

    content = json.dumps(_content(report, language), ensure_ascii=False)
    folder = font_folder()
    fonts = typst.Fonts(
        include_system_fonts=folder is None, font_paths=[str(folder)] if folder else []
    )
    page = typst.Compiler(_template(), font_paths=fonts, sys_inputs={"data": content}).compile(
        format="pdf", timestamp=int(report.generated_at.timestamp())
    )
    assert isinstance(page, bytes), "a PDF is one file"
    out.write_bytes(page)


def _template() -> bytes:
    return resource_path("reports/templates/summary.typ").read_bytes()


def _content(report: Report, language: Language) -> dict[str, Any]:
    """All texts and places of the summary, as its template reads them."""
    findings = Findings(report, language)
    charts = ChartMaker(report, language, page_words(language))
    words = summary_words(language)
    return {
        "lang": language,
        "fonts": [FAMILY],
        "words": words,
        "asked": [table.name for table in report.tables],
        "facts": _facts(report, language),
        "leads": {
            "overview": findings.overview(),
            "last_week": findings.last_week(),
            "labels": findings.labels(),
            "resolutions": findings.resolutions(),
            "channels": findings.channels(),
            "vendors": findings.groups("vendors"),
            "queues": findings.groups("queues"),
            "waiting": findings.waiting(),
            "promises": findings.promises(),
            "repeats": findings.repeats(),
            "praise": findings.praise(),
            "satisfaction": findings.satisfaction(),
        },
        "tiles": [asdict(tile) for tile in overview_tiles(report, language)],
        "trend": _drawn(charts.trend(_MOST_WEEKS)),
        "labels": _drawn(charts.labels()),
        "resolutions": _drawn(charts.resolutions()),
        "channels_title": words["channels" if compares_usual_channels(report) else "any_channels"],
        "channels": _drawn(charts.groups("service_channels", most=_MOST_CHANNELS)),
        "channel_facts": _channel_facts(report, language),
        "vendors": _drawn(charts.groups("vendors", most=_MOST_VENDORS)),
        "queues": _drawn(charts.groups("queues", most=_MOST_QUEUES)),
        "promises": _drawn(charts.promises()),
        "by": _by(report, charts, language),
        "advice": list(advice(report, language)),
        "guide": guide(report, language),
    }


def _facts(report: Report, language: Language) -> list[str]:
    """The period, what is selected, when the report was made."""
    selection = figures.visible(described_selection(report.selection, language))
    told = (
        period(report, language),
        figures.shortened(selection, _LONGEST_SELECTION),
        figures.moment_in_zone(report.generated_at),
    )
    return [name(fact) for fact in told if fact]


def _by(report: Report, charts: ChartMaker, language: Language) -> dict[str, Any] | None:
    """The second page of a report about one dimension: its groups, and their kinds of brush-off."""
    groups = report.table(f"{report.by}s") if report.by else None
    labels = report.table(f"labels_by_{report.by}") if report.by else None
    if groups is None or labels is None:
        return None
    shares = shares_by(labels, language, report.selection.min_calls)
    has_rates = report.by != "week"  # the weeks are the trend of the first page
    return {
        "title": groups.question.title.text(language),
        "lead": Findings(report, language).groups(groups.name) if has_rates else "",
        "chart": _drawn(charts.groups(groups.name, most=_MOST_GROUPS)) if has_rates else None,
        "labels_title": shares.title,
        "head": [shares.group_title, *shares.labels],
        "rows": [
            [name(figures.shortened(group, _LONGEST_LABEL)), *(asdict(cell) for cell in cells)]
            for group, cells in (
                shares.rows[:_MOST_GROUPS] if has_rates else shares.rows[-_MOST_GROUPS:]
            )
        ],
        "left_out": max(0, len(shares.rows) - _MOST_GROUPS),
    }


def _drawn(chart: BarChart | TrendChart | StackedBar | None) -> dict[str, Any] | None:
    if chart is None:
        return None
    if isinstance(chart, BarChart):
        chart = replace(
            chart, rows=tuple(replace(row, bar=_isolated(row.bar)) for row in chart.rows)
        )
    return asdict(chart)


def _isolated(bar: Bar) -> Bar:
    """``bar`` with its texts safe beside each other, its name not longer than its place."""
    return replace(
        bar,
        label=name(figures.shortened(bar.label, _LONGEST_LABEL)),
        text=figure(bar.text),
        note=f"{FIRST_STRONG}{bar.note}{END}",
    )


def _channel_facts(report: Report, language: Language) -> list[list[str]]:
    """A small table, its titles first: how the channels differ in what is not the brush-off rate."""
    channels = report.table("service_channels")
    waiting = report.table("waiting")
    if channels is None or waiting is None:
        return []
    waits = {
        row["service_channel"]: row
        for row in waiting.records()
        if row["level"] == "service_channel"
    }
    titles = {column.name: column for column in (*waiting.columns, *channels.columns)}
    columns = (
        "service_channel",
        "audited",
        "helped_share",
        "mean_score",
        "wait_median_ms",
        "held_share",
    )
    rows = [[titles[column].title.text(language) for column in columns]]
    for row in channels.records()[:_MOST_CHANNELS]:
        known = {**waits.get(row["service_channel"], {}), **row}
        label = name_text("service_channel", row["service_channel"], language)
        facts = [
            figure(figures.shown(titles[column].kind, known.get(column), language))
            for column in columns[1:]
        ]
        rows.append([name(figures.shortened(label, _LONGEST_LABEL)), *facts])
    return rows

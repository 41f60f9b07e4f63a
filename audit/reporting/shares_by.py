"""Groups by labels, made of the long form of ``labels_by_*``: where which brush-off is found."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from audit.reporting import figures
from audit.reporting.page_tables import name_text
from audit.reporting.report import Language, ReportTable
from audit.reporting.wording import code_text

#: Steps of shade; the deepest stands for the highest share of the table.
_SHADES = 6


@dataclass(frozen=True, slots=True)
class ShareView:
    """``shade`` 0 to 6; ``title`` tells the interval and the calls."""

    text: str
    shade: int
    title: str


@dataclass(frozen=True, slots=True)
class SharesBy:
    id: str
    title: str
    group_title: str
    labels: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ShareView, ...]], ...]


def shares_by(table: ReportTable, language: Language, min_calls: int) -> SharesBy:
    """Groups in the order of the table; what is cut short is the last group, which is left out.

    Only groups of at least ``min_calls`` judged calls are shaded: chance makes small ones extreme.
    """
    records: list[dict[str, Any]] = list(table.records())
    key = table.columns[0].name
    labels = tuple(dict.fromkeys(code_text(row["label"], language) for row in records))
    shares = [row["share"] for row in records if row["audited"] >= min_calls]
    highest = max((share for share in shares if share), default=0.0)
    rows = []
    for group, members in groupby(records, key=lambda row: row[key]):
        cells = tuple(_share(row, highest, min_calls) for row in members)
        if len(cells) == len(labels):
            rows.append((_group_text(table, group, language), cells))
    return SharesBy(
        table.name, table.question.title.text(language), table.columns[0].title.text(language), labels,
        tuple(rows),
    )  # fmt: skip


def _group_text(table: ReportTable, group: Any, language: Language) -> str:
    column = table.columns[0]
    if column.kind == "date" and group is not None:
        return figures.shown("date", group, language)
    return name_text(column.name, group, language)


def _share(row: dict[str, Any], highest: float, min_calls: int) -> ShareView:
    share = row["share"]
    if share is None:
        return ShareView(figures.DASH, 0, "")
    is_shaded = highest and row["audited"] >= min_calls
    shade = round(share / highest * _SHADES) if is_shaded else 0
    interval = figures.interval(row["share_low"], row["share_high"])
    title = f"{interval} · {row['calls']} / {row['audited']}"
    return ShareView(figures.percent(share), shade, title)

"""Tables as the page shows them: fewer columns than the other formats, intervals beside their rates."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from audit.reporting import figures
from audit.reporting.excerpt_links import ExcerptLinks
from audit.reporting.report import Cell, ColumnKind, Language, ReportColumn, ReportTable
from audit.reporting.wording import CHANNEL_COLUMNS, NOT_TOLD, code_text

#: How the script of the page compares the values of a column.
Sort = Literal["text", "number", "time"]

_SORTS: dict[ColumnKind, Sort] = {
    "integer": "number", "decimal": "number", "share": "number", "difference": "number",
    "probability": "number", "score": "number", "coefficient": "number",
    "duration_ms": "time", "offset_ms": "time",
}  # fmt: skip
#: Columns of names by which a reader narrows a table down.
_CHOSEN_BY = ("vendor", *CHANNEL_COLUMNS, "queue")
_MOST_CHOICES = 40
#: Tables shorter than this need no controls.
_FEWEST_TO_FILTER = 8


@dataclass(frozen=True, slots=True)
class CellView:
    """``aside`` is smaller text after it: an interval."""

    text: str
    css: str = ""
    aside: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnView:
    title: str
    css: str
    sort: Sort | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A select above a table or a list, of the values of ``key``: a column's place, or a name."""

    key: str
    title: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    id: str
    title: str
    columns: tuple[ColumnView, ...]
    rows: tuple[tuple[CellView, ...], ...]
    choices: tuple[Choice, ...]
    has_controls: bool
    total_rows: int
    note: str


def name_text(column: str, told: Cell, language: Language) -> str:
    """The name of a group as it is shown: of channels in our words, "not told" where there is none."""
    if told is None:
        return NOT_TOLD.text(language)
    text = str(told)
    return figures.visible(code_text(text, language) if column in CHANNEL_COLUMNS else text)


def table_view(
    table: ReportTable,
    language: Language,
    excerpts: ExcerptLinks,
    leave_out: Collection[str] = (),
) -> TableView:
    """``table`` without the columns ``leave_out``, with a column to play what can be played."""
    places = [
        at
        for at, column in enumerate(table.columns)
        if column.name not in leave_out and not _is_interval_end(column)
    ]
    names = [column.name for column in table.columns]
    plays = bool(excerpts.files) and {"call_id", "turn_index"} <= set(names)
    rows = tuple(
        tuple(_cell(table, row, at, language) for at in places)
        + ((_play(row, names, excerpts),) if plays else ())
        for row in table.rows
    )
    columns = [_column(table.columns[at], language) for at in places]
    choices = tuple(
        Choice(str(number), table.columns[at].title.text(language), options)
        for number, at in enumerate(places)
        if (options := _options(table.columns[at], (row[number].text for row in rows)))
    )
    if plays:
        columns.append(ColumnView("", "play", None, ""))
    has_controls = len(rows) >= _FEWEST_TO_FILTER
    note = table.question.note
    return TableView(
        id=table.name,
        title=table.question.title.text(language),
        columns=tuple(columns),
        rows=rows,
        choices=choices if has_controls else (),
        has_controls=has_controls,
        total_rows=table.total_rows,
        note=note.text(language) if note else "",
    )


def _is_interval_end(column: ReportColumn) -> bool:
    """Such columns stand behind the measure whose interval they are."""
    return column.name.endswith(("_low", "_high"))


def _column(column: ReportColumn, language: Language) -> ColumnView:
    return ColumnView(
        title=column.title.text(language),
        css=_css(column),
        sort=_SORTS.get(column.kind, "text"),
        meaning=column.meaning if language == "en" else "",
    )


def _css(column: ReportColumn) -> str:
    if column.kind in _SORTS:
        return "figure"
    return column.kind if column.kind in ("quote", "words", "call", "timestamp", "date") else ""


def _cell(table: ReportTable, row: tuple[Cell, ...], at: int, language: Language) -> CellView:
    column, value = table.columns[at], row[at]
    if column.name == "standing":
        return CellView(figures.shown("code", value, language), f"standing {value}")
    if column.kind == "text" and (value is None or isinstance(value, str)):
        if value is None and (column.name.startswith("next_") or _is_summed_up(table, row, at)):
            return CellView(figures.DASH)
        return CellView(name_text(column.name, value, language), "" if value else "untold")
    return CellView(
        figures.shown(column.kind, value, language), _css(column), _interval(table.columns, row, at)
    )


def _is_summed_up(table: ReportTable, row: tuple[Cell, ...], at: int) -> bool:
    """Whether the row stands for all values of the column: of waiting times, on a higher level."""
    names = [column.name for column in table.columns]
    if "level" not in names or table.columns[at].name not in names[1:3]:
        return False
    levels = {"all": 0, "service_channel": 1, "queue": 2}
    return at > levels.get(str(row[names.index("level")]), 2)


def _interval(columns: tuple[ReportColumn, ...], row: tuple[Cell, ...], at: int) -> str:
    """Of a measure whose ends follow it in the table."""
    ends = columns[at + 1 : at + 3]
    if len(ends) < 2 or not ends[0].name.endswith("_low") or row[at] is None:
        return ""
    low, high = row[at + 1], row[at + 2]
    if not isinstance(low, float) or not isinstance(high, float):
        return ""
    if columns[at].kind == "share":
        return figures.interval(low, high)
    if columns[at].kind == "difference":
        return f"{low * 100:+.1f} … {high * 100:+.1f}"
    return f"{low:.2f} … {high:.2f}"


def _options(column: ReportColumn, texts: Iterable[str]) -> tuple[str, ...]:
    if column.kind != "code" and column.name not in _CHOSEN_BY:
        return ()
    found = list(texts)
    options = tuple(sorted(set(found)))
    return options if 1 < len(options) <= min(_MOST_CHOICES, len(found) // 2) else ()


def _play(row: tuple[Cell, ...], names: list[str], excerpts: ExcerptLinks) -> CellView:
    call, turn = row[names.index("call_id")], row[names.index("turn_index")]
    href = excerpts.href(str(call), turn) if isinstance(turn, int) else None
    return CellView(str(call), "play", href=href)

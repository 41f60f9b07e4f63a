"""The report as an Excel workbook: a sheet a question, typed, filtered, readable from right to left.

Text is always written as text: what callers and agents said, or how somebody named an agent, is never
taken for a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from audit.reporting.excerpt_links import NO_EXCERPTS, ExcerptLinks
from audit.reporting.flat_files import FORMULA_STARTS
from audit.reporting.report import Cell, Language, Report, ReportColumn, ReportTable, Title
from audit.reporting.wording import CHANNEL_COLUMNS, NO, NOT_TOLD, YES, code_text
from audit.reporting.workbook_colours import colour
from audit.reporting.workbook_cover import ListedSheet, write_cover
from audit.reporting.workbook_formats import (
    QUOTE_WIDTH,
    Formats,
    column_width,
    lines_of,
    row_height,
)

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    FirstRows = Callable[[ReportTable, int], Iterable[tuple[Cell, ...]]]

#: Rows of a sheet beside its header. Nobody reads more, and it is what keeps a workbook of 100,000 calls
#: within ten seconds; the tables begin with what matters most.
MAX_ROWS = 20_000
#: Excel's specification: texts of 32,767 characters, names of 31 without the signs below.
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\؟", ""))
_MS_OF_DAY = 86_400_000
_COVER = Title("Overview", "نظرة عامة")
_LISTEN = Title("Listen", "استمع")
_FIRST = Title(" (first {:,})", " (أول {:,})")


def write_workbook(
    report: Report,
    first_rows: FirstRows,
    out: Path,
    *,
    language: Language,
    excerpts: ExcerptLinks = NO_EXCERPTS,
) -> None:
    """Write ``out``; ``first_rows`` gives so many rows of a table of the report.

    Where ``excerpts`` has the sound of a moment, its row begins with a link to the file. A table longer
    than ``MAX_ROWS`` is cut: the name of its sheet and the first sheet say so.
    """
    from xlsxwriter import Workbook

    # Rows go to disk as they are written: a hundred thousand moments are no matter for the memory.
    with Workbook(str(out), {"constant_memory": True, "use_zip64": True}) as book:
        book.set_properties({"title": out.stem, "comments": f"tasleek {report.version}"})
        cells = _CellWriter(Formats(book, language), language)
        cover = _add_sheet(book, _COVER.text(language), language)
        listed = []
        for table in report.tables:
            if table.name == "overview":
                continue  # its one row stands on the cover
            shown = min(table.total_rows, MAX_ROWS)
            sheet = _add_sheet(book, _sheet_title(table, shown, language), language)
            links = excerpts if _plays_moments(table) else NO_EXCERPTS
            _write_table(sheet, table, first_rows(table, shown), cells, links)
            colour(sheet, table, shown, cells.formats, language, first=1 if links.files else 0)
            listed.append(ListedSheet(sheet.get_name(), table, shown, table.total_rows))
        write_cover(cover, report, listed, cells.formats, language, cells.write)


class _CellWriter:
    """Writes values by the kind of their column."""

    def __init__(self, formats: Formats, language: Language) -> None:
        self.formats = formats
        self.language = language

    def write(
        self, sheet: Worksheet, row: int, at: int, column: ReportColumn, cell: Cell, *,
        beside_label: bool = False,
    ) -> None:  # fmt: skip
        look = self.formats.of_kind(column.kind, beside_label=beside_label)
        if cell is None:
            if at == 0 and column.kind in ("text", "date"):
                sheet.write_string(row, at, NOT_TOLD.text(self.language), self.formats.not_told)
        elif isinstance(cell, bool):
            sheet.write_string(row, at, (YES if cell else NO).text(self.language), look)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, at, cell.replace(tzinfo=None), look)
        elif isinstance(cell, date):
            sheet.write_datetime(row, at, cell, look)
        elif isinstance(cell, (int, float)):
            in_days = column.kind in ("duration_ms", "offset_ms")
            sheet.write_number(row, at, cell / _MS_OF_DAY if in_days else cell, look)
        else:
            text = self._text(column, cell)
            if text.startswith(FORMULA_STARTS):
                look = self.formats.quoted
            sheet.write_string(row, at, text[:_LONGEST_TEXT], look)

    def _text(self, column: ReportColumn, cell: str | tuple[str, ...]) -> str:
        parts = cell if isinstance(cell, tuple) else (cell,)
        if column.kind in ("code", "codes") or column.name in CHANNEL_COLUMNS:
            parts = tuple(code_text(part, self.language) for part in parts)
        return ("، " if self.language == "ar" else ", ").join(parts)


def _add_sheet(book: Workbook, title: str, language: Language) -> Worksheet:
    name = title.translate(_NOT_IN_NAMES)[:_LONGEST_NAME].strip()
    sheet = book.add_worksheet(name)
    if language == "ar":
        sheet.right_to_left()
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    return sheet


def _sheet_title(table: ReportTable, shown: int, language: Language) -> str:
    title = table.question.title.text(language).translate(_NOT_IN_NAMES)
    if shown == table.total_rows:
        return title
    cut = _FIRST.text(language).format(shown)
    return f"{title[: _LONGEST_NAME - len(cut)]}{cut}"


def _plays_moments(table: ReportTable) -> bool:
    return {"call_id", "turn_index"} <= {column.name for column in table.columns}


def _write_table(
    sheet: Worksheet,
    table: ReportTable,
    rows: Iterable[tuple[Cell, ...]],
    cells: _CellWriter,
    links: ExcerptLinks,
) -> None:
    """Header and rows. With ``links``, the first column plays the moment of the row."""
    first = 1 if links.files else 0
    last_column = first + len(table.columns) - 1
    if first:
        sheet.set_column(0, 0, 8)
    for at, column in enumerate(table.columns, first):
        sheet.set_column(at, at, column_width(column, cells.language))
    sheet.freeze_panes(1, first + 1)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(1, min(table.total_rows, MAX_ROWS)), last_column)
    sheet.set_row(0, 32)
    if first:
        sheet.write_string(0, 0, _LISTEN.text(cells.language), cells.formats.header)
    for at, column in enumerate(table.columns, first):
        sheet.write_string(0, at, column.title.text(cells.language), cells.formats.header)
    place = _moment_place(table) if first else None
    quotes = [at for at, column in enumerate(table.columns) if column.kind == "quote"]
    for number, row in enumerate(rows, 1):
        if (
            lines := max((lines_of(str(row[at] or ""), QUOTE_WIDTH) for at in quotes), default=1)
        ) > 1:
            sheet.set_row(number, row_height(lines))
        if place and (path := links.path(str(row[place[0]]), _number(row[place[1]]))):
            sheet.write_url(number, 0, f"external:{path}", cells.formats.link, "▶")
        for at, (column, cell) in enumerate(zip(table.columns, row, strict=True), first):
            cells.write(sheet, number, at, column, cell)


def _moment_place(table: ReportTable) -> tuple[int, int]:
    names = [column.name for column in table.columns]
    return names.index("call_id"), names.index("turn_index")


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else -1

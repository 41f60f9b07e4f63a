"""The first sheet of a workbook: what it is about, how to read it, and the way to each sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from audit.reporting.figures import moment_in_zone
from audit.reporting.report import Cell, Language, Report, ReportColumn, ReportTable, Title
from audit.reporting.wording import described_selection, reading_guide
from audit.reporting.workbook_formats import Formats, lines_of, row_height

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet


class CellWriter(Protocol):
    """Writes one value of a column into a cell."""

    def __call__(
        self, sheet: Worksheet, row: int, at: int, column: ReportColumn, cell: Cell, *,
        beside_label: bool = False,
    ) -> None: ...  # fmt: skip


_WIDTH = 80
_TITLE = Title("Call audit", "تقرير تدقيق المكالمات")
_GUIDE = Title("How to read this", "كيف يُقرأ هذا التقرير")
_SHEETS = Title("Sheets", "الأوراق")
_ROWS = Title("rows: {shown:,}", "الصفوف: {shown:,}")
_CUT = Title(
    "the first {shown:,} of {total:,} rows; csv and parquet have all, and a report on less (--since, "
    "--vendor) has all of that",
    "أول {shown:,} من {total:,} صف؛ وكلها في csv وparquet، وتقرير عن جزء (--since أو --vendor) فيه كل "
    "صفوفه",
)
_FACTS = (
    (
        Title("Calls of", "المكالمات"),
        lambda report, lang: described_selection(report.selection, lang),
    ),
    (Title("Database", "قاعدة البيانات"), lambda report, _: report.database.name),
    (Title("Made", "أُنشئ في"), lambda report, _: moment_in_zone(report.generated_at)),
    (
        Title("Times of calls in", "أوقات المكالمات بتوقيت"),
        lambda report, _: report.selection.timezone,
    ),
    (Title("Recognizer", "محرك التفريغ"), lambda report, _: ", ".join(report.origin.recognizers)),
    (Title("Classifier", "المصنّف"), lambda report, _: ", ".join(report.origin.classifiers)),
    (Title("tasleek", "إصدار تسليك"), lambda report, _: report.version),
)


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """A sheet of the workbook as the cover lists it; ``shown`` of ``total`` rows are in it."""

    name: str
    table: ReportTable
    shown: int
    total: int


def write_cover(
    sheet: Worksheet,
    report: Report,
    sheets: Sequence[ListedSheet],
    formats: Formats,
    language: Language,
    write_cell: CellWriter,
) -> None:
    """Write the sheet from the top down, as the workbook demands; ``write_cell`` writes one value."""
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, _WIDTH)
    sheet.write_string(0, 0, _TITLE.text(language), formats.title)
    row = 2
    for title, value in _FACTS:
        sheet.write_string(row, 0, title.text(language), formats.label)
        sheet.write_string(row, 1, value(report, language), formats.paragraph)
        row += 1
    row = _write_overview(sheet, row + 1, report, formats, language, write_cell)
    row = _write_guide(sheet, row + 1, report, formats, language)
    _write_list(sheet, row + 1, sheets, formats, language)


def _write_overview(
    sheet: Worksheet, row: int, report: Report, formats: Formats, language: Language,
    write_cell: CellWriter,
) -> int:  # fmt: skip
    table = report.table("overview")
    assert table is not None, "every report has an overview"
    sheet.write_string(row, 0, table.question.title.text(language), formats.subtitle)
    for column, cell in zip(table.columns, table.rows[0], strict=True):
        row += 1
        sheet.write_string(row, 0, column.title.text(language), formats.label)
        write_cell(sheet, row, 1, column, cell, beside_label=True)
    return row + 1


def _write_guide(
    sheet: Worksheet, row: int, report: Report, formats: Formats, language: Language
) -> int:
    sheet.write_string(row, 0, _GUIDE.text(language), formats.subtitle)
    for line in reading_guide(report.selection.min_calls, language):
        row += 1
        sheet.set_row(row, row_height(lines_of(line, _WIDTH)))
        sheet.write_string(row, 1, line, formats.paragraph)
    return row + 1


def _write_list(
    sheet: Worksheet,
    row: int,
    sheets: Sequence[ListedSheet],
    formats: Formats,
    language: Language,
) -> None:
    sheet.write_string(row, 0, _SHEETS.text(language), formats.subtitle)
    for listed in sheets:
        row += 1
        question = listed.table.question
        wording = _ROWS if listed.shown == listed.total else _CUT
        text = wording.text(language).format(shown=listed.shown, total=listed.total)
        if question.note:
            text = f"{text}. {question.note.text(language)}"
        sheet.set_row(row, row_height(lines_of(text, _WIDTH)))
        link = f"internal:'{listed.name}'!A1"
        sheet.write_url(row, 0, link, formats.link, question.title.text(language))
        sheet.write_string(row, 1, text, formats.paragraph)

"""The conditional colours of a sheet: what a reader's eye should fall on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.reporting.report import Language, ReportTable
from audit.reporting.wording import code_text
from audit.reporting.workbook_formats import BAD, BAR, GOOD, MIDDLE, Formats

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: Columns whose length says how much, by a bar in the cell.
_BARS = ("share", "brush_off_share", "held_share")


def colour(
    sheet: Worksheet,
    table: ReportTable,
    rows: int,
    formats: Formats,
    language: Language,
    *,
    first: int,
) -> None:
    """Colour a sheet of ``rows`` rows below its header, whose table begins in column ``first``.

    Groups are coloured by their standing, which is better or worse only where their number of calls
    carries it, and not by their share: chance alone makes small groups extreme.
    """
    if rows == 0:
        return
    names = [column.name for column in table.columns]
    for at, column in enumerate(table.columns, first):
        area = (1, at, rows, at)
        if column.kind == "score":
            sheet.conditional_format(*area, {
                "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num",
                "min_value": 0, "mid_value": 50, "max_value": 100,
                "min_color": GOOD, "mid_color": MIDDLE, "max_color": BAD,
            })  # fmt: skip
        elif column.name in _BARS and "standing" not in names:
            sheet.conditional_format(*area, {
                "type": "data_bar", "bar_color": BAR, "bar_solid": True, "min_type": "num",
                "max_type": "num", "min_value": 0, "max_value": 1, "bar_no_border": True,
                "bar_direction": "right" if language == "ar" else "left",
            })  # fmt: skip
    if "standing" in names:
        _colour_standing(sheet, names, rows, formats, language, first)


def _colour_standing(
    sheet: Worksheet, names: list[str], rows: int, formats: Formats, language: Language, first: int
) -> None:
    from xlsxwriter.utility import xl_col_to_name

    standing = first + names.index("standing")
    for code, look in (("better", formats.good), ("worse", formats.bad)):
        wording = code_text(code, language)
        rule = {
            "type": "formula",
            "criteria": f'=${xl_col_to_name(standing)}2="{wording}"',
            "format": look,
        }
        for at in (first, first + names.index("brush_off_share"), standing):
            sheet.conditional_format(1, at, rows, at, rule)

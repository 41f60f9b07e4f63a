"""How the cells of a workbook look: formats by kind of column, colours, widths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit.reporting.report import ColumnKind, Language, ReportColumn

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

HEADER_COLOUR = "#1F4E5F"
GOOD, MIDDLE, BAD = "#C6E0B4", "#FFF2CC", "#F4B9B0"
GOOD_FILL, GOOD_TEXT = "#E2F0D9", "#20622C"
BAD_FILL, BAD_TEXT = "#FBE0DE", "#A01C1C"
BAR = "#F4B183"
_GREY = "#7F7F7F"
#: Every Windows, Mac and LibreOffice has it, with Arabic letters.
_FONT: dict[str, Any] = {"font_name": "Arial", "font_size": 10, "valign": "top"}

_NUMBER_FORMATS: dict[ColumnKind, str] = {
    "integer": "#,##0",
    "decimal": "#,##0.0",
    "share": "0.0%",
    "difference": "+0.0%;-0.0%;0.0%",
    "probability": "0.00",
    "score": "0.0",
    "coefficient": "+0.00;-0.00;0.00",
    "duration_ms": "[h]:mm:ss",
    "offset_ms": "[m]:ss",
    "timestamp": "yyyy-mm-dd hh:mm",
    "date": "yyyy-mm-dd",
}
QUOTE_WIDTH = 52
_WIDTHS: dict[ColumnKind, float] = {
    "text": 16, "call": 24, "code": 18, "codes": 26, "quote": QUOTE_WIDTH, "words": 24, "timestamp": 16,
    "date": 11, "integer": 10, "boolean": 9,
}  # fmt: skip
_WRAPPED = ("quote", "words", "codes")
_TEXTS = ("text", "call", "code", "codes", "quote", "words", "boolean")
_LINE_HEIGHT = 13.5


class Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook, language: Language) -> None:
        self._book = book
        self._kinds: dict[tuple[ColumnKind, bool], Format] = {}
        # In a sheet from right to left, Excel mirrors the sides of cells but not those of text.
        self._text: dict[str, Any] = (
            {"align": "right", "reading_order": 2} if language == "ar" else {"align": "left"}
        )
        self.header = book.add_format({
            **_FONT, "bold": True, "font_color": "white", "bg_color": HEADER_COLOUR, "border": 1,
            "border_color": "white", "text_wrap": True, "valign": "vcenter", "align": "center",
        })  # fmt: skip
        self.not_told = book.add_format(
            {**_FONT, **self._text, "italic": True, "font_color": _GREY}
        )
        #: For text that begins like a formula: Excel keeps it text also after it was edited.
        self.quoted = book.add_format(
            {**_FONT, **self._text, "quote_prefix": True, "text_wrap": True}
        )
        self.link = book.add_format(
            {**_FONT, **self._text, "font_color": "#0563C1", "underline": 1}
        )
        self.title = book.add_format({**_FONT, **self._text, "bold": True, "font_size": 18})
        self.subtitle = book.add_format({**_FONT, **self._text, "bold": True, "font_size": 12})
        self.label = book.add_format({**_FONT, **self._text, "font_color": _GREY})
        self.paragraph = book.add_format({**_FONT, **self._text, "text_wrap": True})
        self.good = book.add_format({"bg_color": GOOD_FILL, "font_color": GOOD_TEXT})
        self.bad = book.add_format({"bg_color": BAD_FILL, "font_color": BAD_TEXT})

    def of_kind(self, kind: ColumnKind, *, beside_label: bool = False) -> Format:
        """The format of values of a kind; ``beside_label`` aligns numbers like text."""
        key = (kind, beside_label)
        if key not in self._kinds:
            look = dict(_FONT)
            if number_format := _NUMBER_FORMATS.get(kind):
                look["num_format"] = number_format
            if beside_label or kind in _TEXTS:
                look |= self._text
            if kind in _WRAPPED:
                look["text_wrap"] = True
            self._kinds[key] = self._book.add_format(look)
        return self._kinds[key]


def column_width(column: ReportColumn, language: Language) -> float:
    """In characters: what the values need, and the longest word of the title beside its filter."""
    longest_word = max(len(word) for word in column.title.text(language).split())
    return max(_WIDTHS.get(column.kind, 11), longest_word + 4)


def lines_of(text: str, width: float) -> int:
    """How many lines ``text`` takes in a column of ``width``, a little more rather than less."""
    return 1 + int(len(text) * 1.1 // width)


def row_height(lines: int) -> float:
    """In points. Programs other than Excel do not find it themselves."""
    return _LINE_HEIGHT * lines

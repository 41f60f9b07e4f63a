"""How the values of a report are written for a reader: on the page and in the summary.

Digits are Western (0-9) in both languages, as Saudi dashboards and Excel sheets have them; a figure is
the same string wherever it stands, so that it can be searched for and copied.
"""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

from audit.reporting.report import Cell, ColumnKind, Language, Title
from audit.reporting.wording import NO, YES, code_text

DASH = "–"
LIST_MARK = Title(", ", "، ")
#: Characters that reorder what stands around them (UAX #9: embeddings, overrides, isolates). Arabic
#: needs none of them, and with them a name can be made to read as another.
_REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: Control characters, halves of characters, separators of lines.
_COMMANDING = ("Cc", "Cs", "Zl", "Zp")
_SPACES = "\t\n\r\u2028\u2029"
_MS_IN_SECOND = 1000
#: Shares below this are written with a decimal also where whole per cents are enough.
_SMALL_SHARE = 0.0995


def visible(text: str) -> str:
    """``text`` of others, on one line, without characters that command instead of being read."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in _SPACES:
        return " "
    if character in _REORDERING or unicodedata.category(character) in _COMMANDING:
        return "\N{REPLACEMENT CHARACTER}"
    return character


def shortened(text: str, longest: int) -> str:
    """At most ``longest`` characters, with an ellipsis where some are left out."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def count(number: int | float) -> str:
    """``12,345``."""
    return f"{number:,.0f}"


def decimal(number: float) -> str:
    """``12.3``."""
    return f"{number:,.1f}"


def percent(share: float, *, exact: bool = False) -> str:
    """``38%``, or ``37.5%`` where ``exact``; small shares always have their decimal."""
    has_decimal = exact or 0 < share < _SMALL_SHARE
    return f"{share * 100:.1f}%" if has_decimal else f"{share * 100:.0f}%"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, without its sign: ``11``, ``2.4``."""
    size = abs(difference) * 100
    return f"{size:.1f}" if size < _SMALL_SHARE * 100 else f"{size:.0f}"


def interval(low: float, high: float) -> str:
    """``36%–39%`` with both ends in whole per cents, to be read from left to right."""
    return f"{low * 100:.0f}–{high * 100:.0f}%"


def duration(milliseconds: int | float) -> str:
    """``0:07``, ``12:30`` or ``1:05:00``."""
    hours, rest = divmod(round(milliseconds / _MS_IN_SECOND), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


_MONTHS = (
    Title("Jan", "يناير"), Title("Feb", "فبراير"), Title("Mar", "مارس"), Title("Apr", "أبريل"),
    Title("May", "مايو"), Title("Jun", "يونيو"), Title("Jul", "يوليو"), Title("Aug", "أغسطس"),
    Title("Sep", "سبتمبر"), Title("Oct", "أكتوبر"), Title("Nov", "نوفمبر"), Title("Dec", "ديسمبر"),
)  # fmt: skip


def day(value: date, language: Language, *, year: bool = True) -> str:
    """``18 Oct 2026``, ``18 أكتوبر 2026``."""
    month = _MONTHS[value.month - 1].text(language)
    return f"{value.day} {month} {value.year}" if year else f"{value.day} {month}"


def moment(value: datetime) -> str:
    """``2026-10-18 09:12``: sorts as text."""
    return f"{value:%Y-%m-%d %H:%M}"


def moment_in_zone(value: datetime) -> str:
    """``2026-10-18 09:12 UTC+3``: where no zone is named beside it."""
    minutes = round((value.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    ahead = f"{'-' if minutes < 0 else '+'}{hours}" if minutes else ""
    return f"{moment(value)} UTC{ahead}{f':{rest:02}' if rest else ''}"


def shown(kind: ColumnKind, value: Cell, language: Language) -> str:
    """A value of a column of ``kind`` as text; a dash where it is not known."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return (YES if value else NO).text(language)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        parts = (code_text(part, language) if kind == "codes" else visible(part) for part in value)
        return LIST_MARK.text(language).join(parts) or DASH
    if isinstance(value, str):
        return code_text(value, language) if kind == "code" else visible(value)
    return _number(kind, value)


def _number(kind: ColumnKind, value: int | float) -> str:
    match kind:
        case "share":
            return percent(value, exact=True)
        case "difference":
            return f"{round(value * 100, 1) + 0.0:+.1f}%"
        case "coefficient":
            return f"{round(value, 2) + 0.0:+.2f}"
        case "probability":
            return f"{value:.2f}"
        case "decimal" | "score":
            return decimal(value)
        case "duration_ms" | "offset_ms":
            return duration(value)
        case _:
            return count(value)

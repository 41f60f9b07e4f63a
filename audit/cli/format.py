"""How values are shown on a terminal."""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any

LABEL_NAMES = {
    "placation": "تسليك",
    "deflection": "تصريف",
    "stalling": "مماطلة",
    "unresolved_closure": "إغلاق دون حل",
    "uninformed": "عدم إلمام",
    "disclaiming": "تنصّل",
    "dismissive_tone": "استخفاف أو جفاء",
}


def duration(milliseconds: int | float | None) -> str:
    """``0:07``, ``12:30`` or ``1:05:00``; a dash for an unknown time."""
    if milliseconds is None:
        return "–"
    seconds = round(milliseconds / 1000)
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


#: Characters that reorder what stands around them (Unicode 6.1, UAX #9: embeddings, overrides and
#: isolates). Arabic text needs none of them; with them, a line can be made to read as another.
_REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: Control characters (with those of ISO 6429 above ASCII), halves of characters, separators of lines.
_COMMANDING = ("Cc", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    """``text`` without the characters that command or disorder a terminal instead of being read."""
    return "".join(c if c == "\t" or _is_harmless(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def json_text(value: Any) -> str:
    """``value`` as a line of JSON with such characters escaped: the same value for a reader."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return "".join(c if _is_harmless(c) else f"\\u{ord(c):04x}" for c in text)


def _is_harmless(character: str) -> bool:
    return character not in _REORDERING and unicodedata.category(character) not in _COMMANDING


def cell_text(value: Any) -> str:
    """A value of a query's answer for a reader: fractions with four decimals at most (three digits where
    that would leave nothing), a dash for null. Moments have the offset of their zone."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return _fraction(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {cell_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(cell_text(item) for item in value) + "]"
    return str(value)


def _fraction(value: float) -> str:
    if 0 < abs(value) < 0.001 or not math.isfinite(value):
        return f"{value:.3g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def verdict(status: str, brush_off: bool | None, unsure: bool | None) -> str:
    """A word for the verdict: ``brush-off``, ``ok``, either with ``?`` where unsure, or the status."""
    if status != "audited" or brush_off is None:
        return status
    return ("brush-off" if brush_off else "ok") + (" ?" if unsure else "")

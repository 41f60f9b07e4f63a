"""How values are shown on a terminal."""

from __future__ import annotations

import unicodedata

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


def printable(text: str) -> str:
    """``text`` without the control characters that would command the terminal instead of being read."""
    return "".join(
        c if c == "\t" or unicodedata.category(c) != "Cc" else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )


def verdict(status: str, brush_off: bool | None, unsure: bool | None) -> str:
    """A word for the verdict: ``brush-off``, ``ok``, either with ``?`` where unsure, or the status."""
    if status != "audited" or brush_off is None:
        return status
    return ("brush-off" if brush_off else "ok") + (" ?" if unsure else "")

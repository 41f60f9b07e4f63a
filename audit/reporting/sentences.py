"""Sentences with figures and foreign names in them, safe in text of either direction.

What is put into a sentence stands between Unicode isolates (UAX #9), so that a Latin name or a range of
figures keeps its order within Arabic. ``figures.visible`` takes them out of all foreign text before.
"""

from __future__ import annotations

from audit.reporting.figures import LIST_MARK, visible
from audit.reporting.report import Language, Title

FIRST_STRONG, LEFT_TO_RIGHT, END = "\u2068", "\u2066", "\u2069"


def name(text: str) -> str:
    """A name as it was told, isolated."""
    return f"{FIRST_STRONG}{visible(text)}{END}"


def figure(text: str) -> str:
    """A figure or a range of figures, isolated and read from left to right."""
    return f"{LEFT_TO_RIGHT}{text}{END}"


def say(wording: Title, language: Language, **parts: str) -> str:
    """``wording`` with its parts, each of them made by ``name``, ``figure`` or of our own words."""
    return wording.text(language).format(**parts)


def listed(parts: list[str], language: Language) -> str:
    return LIST_MARK.text(language).join(parts)

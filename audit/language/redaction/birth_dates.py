"""Dates of birth that are said as such: «مواليد ألف وأربعمية وعشرة», «تاريخ الميلاد: 15/7/1988»."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.language.redaction.cues import Cue
from audit.language.redaction.spoken_numbers import Atom, atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

_MONTHS = word_list("month")
_ORDINALS = word_list("date_ordinal")
#: Inside a date, never at its end.
_INSIDE = frozenset(
    "/ - . ، , و نهار من شهر سنه عام لعام لسنه يوم في ب ذو ذي بتاريخ – الموافق".split()
)
_CALENDARS = frozenset("هجري هجريه ميلادي ميلاديه ه م هـ".split())
_MAX_GAP = 6
_YEARS = (range(1300, 1500), range(1900, 2100))


def birth_dates(tokens: Sequence[Token], cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    """First and last token of each date with a birth cue before it or right after it."""
    for cue in cues:
        if cue.kind != "birth_date":
            continue
        found = _date_after(tokens, cue) or _date_before(tokens, cue)
        if found is not None:
            yield found


def _date_after(tokens: Sequence[Token], cue: Cue) -> tuple[int, int] | None:
    for first in range(cue.last + 1, min(len(tokens), cue.last + 2 + _MAX_GAP)):
        if tokens[first].folded in _INSIDE or not _belongs(tokens[first]):
            continue
        last = first
        while last + 1 < len(tokens) and _belongs(tokens[last + 1]):
            last += 1
        while last > first and tokens[last].folded in _INSIDE:
            last -= 1
        if _is_date(tokens, first, last, cue):
            return _with_lead(tokens, first, cue), last
    return None


def _with_lead(tokens: Sequence[Token], first: int, cue: Cue) -> int:
    """«سنة ألف …»: the word before the number goes with it."""
    while first - 1 > cue.last and tokens[first - 1].folded in ("سنه", "عام", "شهر"):
        first -= 1
    return first


def _date_before(tokens: Sequence[Token], cue: Cue) -> tuple[int, int] | None:
    for last in range(cue.first - 1, max(-1, cue.first - 4), -1):
        if _belongs(tokens[last]) and tokens[last].folded not in _INSIDE:
            first = last
            while first > 0 and _belongs(tokens[first - 1]):
                first -= 1
            while first < last and tokens[first].folded in _INSIDE:
                first += 1
            parts = [t for t in tokens[first : last + 1] if t.kind == "digits" or _number(t)]
            return (first, last) if len(parts) >= 3 else None
    return None


def _belongs(token: Token) -> bool:
    word = token.folded
    return (
        token.kind == "digits"
        or word in _MONTHS
        or word in _ORDINALS
        or word in _INSIDE
        or word in _CALENDARS
        or bool(_number(token))
    )


def _number(token: Token) -> tuple[Atom, ...]:
    if token.kind != "word":
        return ()
    atoms = atoms_of(token.folded)
    return () if any(atom.fuzzy for atom in atoms) else atoms


def _is_date(tokens: Sequence[Token], first: int, last: int, cue: Cue) -> bool:
    part = tokens[first : last + 1]
    numbers = [token for token in part if token.kind == "digits"]
    spoken = [atom for token in part for atom in _number(token)]
    if any(_is_year(token.folded) for token in numbers):
        return True
    if any(len(token.folded) > 4 for token in numbers):
        return False
    if any(token.folded in _MONTHS for token in part) and (numbers or spoken or len(part) > 1):
        return True
    if any(atom.value == "1000" or atom.kind == "thousand" for atom in spoken) and len(part) > 1:
        return True
    if len(numbers) >= 2 or (len(numbers) + len(spoken) >= 3 and first - cue.last <= 4):
        return True
    # A year in two digits: «مواليد تسعة وتمانين», «سنة 78».
    two_digits = any(len(token.folded) == 2 for token in numbers)
    return first - cue.last <= 2 and (two_digits or any(atom.kind == "ten" for atom in spoken))


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and any(int(digits) in years for years in _YEARS)

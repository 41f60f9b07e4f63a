"""IBANs of all countries, written in groups or spoken letter by letter, and IDs that begin with letters.

Saudi IBANs have digits only after «SA» and are found among the other numbers (``numbers.py``). Those of
other countries mix letters and digits. Source: IBAN registry (ISO 13616-2, SWIFT).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from audit.language.redaction.cues import Cue
from audit.language.redaction.identifiers import iban_valid
from audit.language.redaction.number_runs import Run, readings
from audit.language.redaction.tokens import Token

#: Country and length of its IBANs, without Saudi Arabia.
_LENGTH = {
    entry[:2]: int(entry[2:])
    for entry in (
        "ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22 dj27 dk18 "
        "do28 dz26 ee20 eg29 es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hn28 hr21 hu28 ie22 "
        "il23 iq23 ir26 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20 lu20 lv21 ly25 ma28 mc27 md24 me22 "
        "mk19 mn20 mr27 mt31 mu30 ni28 nl18 no15 om23 pk24 pl28 ps29 pt25 qa29 ro24 rs22 ru33 sc31 sd18 "
        "se24 si19 sk24 sm27 so23 st25 sv28 sy24 tl23 tn24 tr26 ua29 va22 vg24 xk20 ye30"
    ).split()
}
#: Letters as they are named, and the Latin letters that each may mean.
_LETTERS: dict[str, str] = {
    **{letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"},
    "ا": "a", "اي": "aei", "ايه": "ae", "بي": "bp", "سي": "c", "دي": "d", "اف": "f", "جي": "gj",
    "اتش": "h", "ايتش": "h", "اش": "h", "جيه": "j", "جاي": "j", "كي": "k", "كا": "k", "كيه": "k",
    "كاي": "k", "ال": "l", "ام": "m", "ان": "n", "او": "o", "كيو": "q", "كو": "q", "ار": "r",
    "اس": "s", "تي": "t", "يو": "u", "في": "v", "دبليو": "w", "دبليوي": "w", "اكس": "x",
    "واي": "y", "زد": "z", "زيد": "z", "زاد": "z",
}  # fmt: skip
_PAUSES = frozenset("-–.,،؛…_") | frozenset(
    "امم اه يعني طيب لحظه وبعدين بعدين ثم بعدها وبعدها".split()
)
#: Between a cue and its IBAN or ID, at most.
_AFTER_CUE = 8
_MAX_TOKENS = 60
#: What a recognizer may lose or double where a cue says that this is an IBAN.
_SLIPS = 4
_LEAST_DIGITS = 12
#: Morocco's identity card: one or two letters, five or six digits.
_LETTERED_ID_DIGITS = (5, 6, 7)


def ibans(
    tokens: Sequence[Token], runs: Sequence[Run], cues: Sequence[Cue]
) -> Iterator[tuple[int, int]]:
    """First and last token of IBANs of other countries than Saudi Arabia.

    Letters of a country and exactly as many letters and digits as its IBANs have; with the word for an
    IBAN before it, or check digits that fit, a few more or less will do.
    """
    place = 0
    numbers = {run.first: run for run in runs}
    while place < len(tokens):
        found = _iban_at(tokens, numbers, cues, place)
        if found is None:
            place += 1
        else:
            yield place, found
            place = found + 1


def _iban_at(
    tokens: Sequence[Token], numbers: dict[int, Run], cues: Sequence[Cue], first: int
) -> int | None:
    countries = _countries(tokens, first)
    if not countries:
        return None
    named = any(c.kind == "iban" and 0 < first - c.last <= _AFTER_CUE for c in cues)
    slips = _SLIPS if named else 0
    best: int | None = None
    said = ""
    index = first
    while index < min(len(tokens), first + _MAX_TOKENS):
        piece, last = _piece(tokens, numbers, index)
        if piece is None:
            break
        said += piece
        if len(said) > max(countries.values()) + slips:
            break
        if len(said) > 3 and not said[2:4].isdigit():
            return None
        digits = sum(character.isdigit() for character in said)
        if piece and digits >= _LEAST_DIGITS:
            if len(said) in countries.values() or iban_valid(said):
                return last
            if named and tokens[last].kind != "sign" and piece.isdigit():
                best = last
        index = last + 1
    least = min(countries.values()) - slips
    return best if best is not None and len(said) >= least else None


def _countries(tokens: Sequence[Token], first: int) -> dict[str, int]:
    """Countries whose two letters begin here, and the length of their IBANs."""
    word = tokens[first].folded
    if word.isascii() and len(word) == 2:
        spelled = [word]
    elif first + 1 < len(tokens) and word in _LETTERS and tokens[first + 1].folded in _LETTERS:
        pairs = product(_LETTERS[word], _LETTERS[tokens[first + 1].folded])
        spelled = ["".join(pair) for pair in pairs]
    else:
        return {}
    return {code: _LENGTH[code] for code in spelled if code in _LENGTH}


def _piece(tokens: Sequence[Token], numbers: dict[int, Run], index: int) -> tuple[str | None, int]:
    """Letters and digits that begin at a token, and its last token; no text at all ends the IBAN."""
    run, folded = numbers.get(index), tokens[index].folded
    if run is not None:
        return "".join(chunk.digits for chunk in next(readings(run))), run.last
    if folded in _LETTERS:
        return _LETTERS[folded][0], index
    if folded.isascii() and folded.isalnum():
        return folded, index
    return ("", index) if folded in _PAUSES else (None, index)


def lettered_ids(
    tokens: Sequence[Token], runs: Sequence[Run], cues: Sequence[Cue]
) -> Iterator[tuple[int, int]]:
    """First and last token of identity numbers such as «BK374052», after the word for the card."""
    for run in runs:
        digits = sum(len(chunk.digits) for chunk in next(readings(run)))
        if digits not in _LETTERED_ID_DIGITS:
            continue
        first = _letters_before(tokens, run.first)
        if first < run.first and any(
            c.kind == "national_id" and 0 < first - c.last <= _AFTER_CUE for c in cues
        ):
            yield first, run.last


def _letters_before(tokens: Sequence[Token], end: int) -> int:
    """Where one or two Latin letters, written or named, begin right before token ``end``."""
    first = end
    while first and end - first < 2:
        word = tokens[first - 1].folded
        if word.isascii() and word.isalpha() and len(word) == 2 and first == end:
            return first - 1
        if word not in _LETTERS:
            break
        first -= 1
    return first

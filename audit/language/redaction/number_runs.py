"""Stretches of a text in which a number is told, and the digits that they may stand for.

«خمسة وخمسين» is 55, «خمسة خمسين» 550 or, where a recognizer dropped the «و», 55: a run has one first
reading and others, and what is looked for (an ID of ten digits, a card of sixteen) decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from audit.language.redaction.spoken_numbers import Atom, atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

_SEPARATORS = frozenset("-–—‑.,،؛;()+*…_|\u00b7\"'«»")
#: Said while a number is told, and where a digit is taken back: «سبعة لا لا مو سبعة ستة».
_FILLERS = word_list("number_filler") | word_list("number_correction")
_SPEAKERS = word_list("speaker_label")
_MAX_FILLERS = 4
_MAX_READINGS = 40


@dataclass(frozen=True, slots=True)
class Placed:
    """An atom and the index of its token."""

    atom: Atom
    token: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Digits told in one go, from token ``first`` to token ``last`` inclusive."""

    digits: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Run:
    """Atoms with nothing but pauses between them. ``spoken`` when any of them is a word."""

    placed: tuple[Placed, ...]

    @property
    def first(self) -> int:
        return self.placed[0].token

    @property
    def last(self) -> int:
        return self.placed[-1].token

    @property
    def spoken(self) -> bool:
        return any(placed.atom.kind != "digits" for placed in self.placed)


def number_runs(tokens: Sequence[Token]) -> tuple[Run, ...]:
    """All runs of a text, in order."""
    return tuple(_runs(tokens))


def _runs(tokens: Sequence[Token]) -> Iterator[Run]:
    placed: list[Placed] = []
    fillers = 0
    for index, token in enumerate(tokens):
        atoms = atoms_of(token.folded) if token.kind in ("word", "digits") else ()
        # A guessed word does not begin a run: everyday words look like misheard numbers.
        if atoms and (placed or not atoms[0].fuzzy):
            placed += [Placed(atom, index) for atom in atoms]
            fillers = 0
        elif placed and _is_pause(tokens, index) and fillers < _MAX_FILLERS:
            fillers += token.kind == "word"
        elif placed:
            yield _finished(placed)
            placed, fillers = [], 0
    if placed:
        yield _finished(placed)


def _finished(placed: list[Placed]) -> Run:
    while len(placed) > 1 and placed[-1].atom.fuzzy:
        placed = placed[:-1]
    return Run(tuple(placed))


def _is_pause(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    if token.kind == "sign":
        if token.folded == ":":
            return index > 0 and tokens[index - 1].folded in _SPEAKERS
        return token.folded in _SEPARATORS
    if token.folded in _SPEAKERS:
        return index + 1 < len(tokens) and tokens[index + 1].folded == ":"
    return token.kind == "word" and token.folded in _FILLERS


def readings(run: Run) -> Iterator[tuple[Chunk, ...]]:
    """What the run may mean as groups of digits, the most literal reading first."""
    doubtful = _doubtful(run.placed)
    made = 0
    for size in range(min(len(doubtful), 3) + 1):
        for turned in combinations(doubtful, size):
            yield _chunks(run.placed, frozenset(turned))
            made += 1
            if made >= _MAX_READINGS:
                return


def _doubtful(placed: Sequence[Placed]) -> list[int]:
    """Where a number word may belong with the one before it or stand alone.

    What «و» joins is taken as joined: «ألف وأربعمية» is never 1000 and 400.
    """
    return [
        index
        for index in range(1, len(placed))
        if _may_join(placed[index - 1].atom, placed[index].atom)
        and (
            placed[index].atom.kind in ("scale", "teen", "twice")
            or not _usually_joins(placed[index - 1].atom, placed[index].atom)
        )
    ]


def _may_join(before: Atom, after: Atom) -> bool:
    if after.kind == "twice":
        return before.kind in ("unit", "digits") and len(before.value) == 1
    if before.kind == "unit" and before.value != "0":
        if after.kind == "ten":
            return True
        if after.kind == "teen" and after.value == "10":  # «تسعة عشر»
            return before.value not in "12" and not after.joined
    if after.kind == "scale":
        return before.kind in ("unit", "teen", "ten", "digits")
    if before.kind in ("hundred", "scale", "thousand"):
        return after.kind in ("unit", "teen", "ten", "hundred", "digits")
    return before.kind == "ten" and after.kind == "unit" and after.joined


def _usually_joins(before: Atom, after: Atom) -> bool:
    if after.kind == "scale":
        return not (before.kind == "digits" or (before.value in "12" and after.value == "100"))
    if after.kind in ("teen", "twice") and before.kind in ("unit", "digits"):
        return True
    return after.joined and before.kind != "ten"


def _joins(placed: Sequence[Placed], index: int, turned: frozenset[int]) -> bool:
    before, after = placed[index - 1].atom, placed[index].atom
    return _may_join(before, after) and _usually_joins(before, after) != (index in turned)


def _chunks(placed: Sequence[Placed], turned: frozenset[int]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    index = 0
    while index < len(placed):
        digits, following = _told(placed, index, turned)
        if digits:
            chunks.append(Chunk(digits, placed[index].token, placed[following - 1].token))
        index = following
    return tuple(chunks)


def _told(placed: Sequence[Placed], index: int, turned: frozenset[int]) -> tuple[str, int]:
    """The digits told from ``index`` on, and where the next group begins."""
    atom = placed[index].atom
    following = index + 1
    if atom.kind in ("repeat", "twice"):
        if following < len(placed) and len(placed[following].atom.value) == 1:
            return placed[following].atom.value * int(atom.value), following + 1
        return "", following
    if atom.kind == "plural":
        return atom.value * 2, following
    if following < len(placed):
        after = placed[following].atom
        if after.kind == "plural" and atom.kind in ("unit", "digits") and len(atom.value) == 1:
            return after.value * int(atom.value), following + 1
        if after.kind == "twice" and _joins(placed, following, turned):
            return atom.value * 2, following + 1
    scaled = following < len(placed) and placed[following].atom.kind == "scale"
    if atom.kind in ("digits", "pair") and not scaled:
        return atom.value, following
    return _composed(placed, index, turned)


def _composed(placed: Sequence[Placed], index: int, turned: frozenset[int]) -> tuple[str, int]:
    """A number in words of descending size: hundreds, then tens or units, «و» between them."""
    total = int(placed[index].atom.value[:15])
    width = placed[index].atom.value
    following = index + 1
    while following < len(placed) and _joins(placed, following, turned):
        atom = placed[following].atom
        if atom.kind == "twice":
            break
        value = int(atom.value[:15])
        if atom.kind == "scale":
            last = total % 1000 or 1
            total += last * value - total % 1000
        elif not _fits(total, value, placed[following - 1].atom):
            break
        else:
            total += value
        following += 1
    return (width if following == index + 1 else str(total)), following


def _fits(total: int, value: int, before: Atom) -> bool:
    if before.kind == "unit":
        return 10 <= value < 100 and total % 100 < 10
    return total % (1000 if value >= 100 else 100 if value >= 10 else 10) == 0

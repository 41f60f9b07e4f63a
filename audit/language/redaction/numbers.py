"""National IDs, telephone numbers, IBANs and cards among the number runs of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.language.redaction.cues import Cue, CueKind
from audit.language.redaction.entities import EntityType
from audit.language.redaction.identifiers import (
    IBAN_DIGITS,
    is_card,
    is_egyptian_id,
    is_emirates_id,
    is_international,
    is_kuwaiti_id,
    is_mobile_at_home,
    is_mobile_without_zero,
    is_national_id,
    is_phone,
    is_public_number,
    luhn_valid,
)
from audit.language.redaction.number_runs import Chunk, Run, readings
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: A cue counts within so many tokens before a number, and so many after it.
WINDOW_BEFORE = 16
WINDOW_AFTER = 5
#: A weak cue for another kind of number («المعاملة» without «رقم») counts this close only.
_WEAK_WINDOW = 4
#: Eight digits are an ID (Tunisia, Oman) this close to its cue only.
_CLOSE = 6
_MIN_DIGITS = 7
_MAX_CHUNKS = 40

_NAMED_BEFORE = ("national_id", "iban", "card", "other", "weak_other")
_COUNTED = word_list("counted")
_IBAN_PREFIXES = (("اس", "اي"), ("اس", "ايه"), ("اس", "ا"), ("سا",), ("اساي",), ("ايساي",), ("sa",),
                  ("s", "a"), ("ايس", "ايه"), ("ايس", "اي"), ("اس", "ايا"), ("اسايه",))  # fmt: skip

#: Digits that a number with a cue may have, allowing for a recognizer that drops or doubles one.
_LENGTHS: dict[EntityType, tuple[int, int]] = {
    "national_id": (9, 15),
    "phone": (7, 15),
    "iban": (19, 25),
    "card": (14, 19),
}
_BY_CUE: dict[CueKind, EntityType] = {
    "national_id": "national_id",
    "phone": "phone",
    "iban": "iban",
    "card": "card",
}


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """A personal number on tokens ``first`` to ``last`` inclusive; ``digits`` as understood."""

    type: EntityType
    first: int
    last: int
    digits: str


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the text around a run says: the nearest cue, a sign before it, a counted noun after it.

    ``close`` when the cue is a few words away, ``dated`` when the groups of digits are those of a date.
    """

    cue: CueKind | None
    plus: bool
    iban_from: int | None
    counted: bool
    spoken: bool
    close: bool
    dated: bool


def personal_numbers(
    tokens: Sequence[Token], runs: Sequence[Run], cues: Sequence[Cue]
) -> tuple[NumberMatch, ...]:
    """The personal numbers of a text, in order and disjoint."""
    return tuple(
        match
        for place, run in enumerate(runs)
        if _may_be_personal(run)
        for match in _in_run(run, _surroundings(tokens, runs, place, cues))
    )


def _may_be_personal(run: Run) -> bool:
    """Cheap test first: seven digits need seven written digits or three number words."""
    written = sum(len(p.atom.value) for p in run.placed if p.atom.kind == "digits")
    return written >= _MIN_DIGITS or (run.spoken and written + 3 * len(run.placed) >= _MIN_DIGITS)


def _in_run(run: Run, around: _Surroundings) -> Iterator[NumberMatch]:
    literal: tuple[Chunk, ...] | None = None
    for chunks in readings(run):
        literal = literal or chunks
        whole = _exact_type(_digits(chunks), around)
        if whole is not None:
            yield _match(whole, chunks, around)
            return
    if literal:
        yield from _parts(literal[:_MAX_CHUNKS], around)


def _parts(chunks: tuple[Chunk, ...], around: _Surroundings) -> Iterator[NumberMatch]:
    """Exact numbers inside the run, the longest first; else all of it where a cue says what it is."""
    best: tuple[int, int, EntityType] | None = None
    for first in range(len(chunks)):
        digits = ""
        for last in range(first, len(chunks)):
            digits += chunks[last].digits
            if len(digits) > IBAN_DIGITS:
                break
            found = _exact_type(digits, around)
            if found is not None and (best is None or last - first > best[1] - best[0]):
                best = (first, last, found)
    loose = _loose_type(_digits(chunks), around)
    if loose == "iban":  # what looks like a telephone inside an IBAN is a part of it
        yield _match(loose, chunks, around)
        return
    if best is None:
        if loose is not None:
            yield _match(loose, chunks, around)
        return
    first, last, found = best
    if loose is not None and len(_digits(chunks)) - len(_digits(chunks[first : last + 1])) <= 4:
        # A false start or a doubled digit belongs to the number.
        yield _match(found, chunks, around)
        return
    if first:
        yield from _parts(chunks[:first], around)
    yield _match(found, chunks[first : last + 1], around)
    if last + 1 < len(chunks):
        yield from _parts(chunks[last + 1 :], around)


def _match(kind: EntityType, chunks: Sequence[Chunk], around: _Surroundings) -> NumberMatch:
    first = chunks[0].first
    if kind == "iban" and around.iban_from is not None and around.iban_from < first:
        first = around.iban_from
    return NumberMatch(kind, first, chunks[-1].last, _digits(chunks))


def _digits(chunks: Sequence[Chunk]) -> str:
    return "".join(chunk.digits for chunk in chunks)


def _exact_type(digits: str, around: _Surroundings) -> EntityType | None:
    """What digits of the right length and beginning are, given the surroundings."""
    size = len(digits)
    cue = around.cue
    if size < _MIN_DIGITS or is_public_number(digits):
        return None
    if size == IBAN_DIGITS and (around.iban_from is not None or cue == "iban"):
        return "iban"
    if is_emirates_id(digits):
        return "national_id"
    if cue == "other" or (around.counted and not is_phone(digits)):
        return None
    if is_egyptian_id(digits) and cue != "weak_other":
        return "national_id"
    if is_kuwaiti_id(digits) and cue == "national_id":
        return "national_id"
    if is_card(digits) or (size == 16 and cue == "card"):
        return "card"
    if is_phone(digits) or (around.plus and is_international(digits)):
        return "phone"
    if is_mobile_without_zero(digits) and cue in ("phone", "weak_phone", "pointer"):
        return "phone"
    if is_national_id(digits):
        valid = luhn_valid(digits)
        if cue == "national_id" or (valid and cue not in ("weak_other", "iban", "card")):
            return "national_id"
    return None


def _loose_type(digits: str, around: _Surroundings) -> EntityType | None:
    """What a cue says the digits are, when a digit may be missing or doubled."""
    size = len(digits)
    if is_public_number(digits) or around.counted:
        return None
    if around.iban_from is not None and 18 <= size <= 26:
        return "iban"
    kind = _BY_CUE.get(around.cue) if around.cue else None
    if kind is None:
        return "phone" if _may_be_phone(digits, around) else None
    low, high = _LENGTHS[kind]
    if kind == "national_id":  # Tunisia and Oman have 8 digits, Algeria 18
        if size == 8:
            return kind if around.close and not around.dated else None
        return kind if low <= size <= high or size == 18 else None
    return kind if low <= size <= high and not (size == 8 and around.dated) else None


def _may_be_phone(digits: str, around: _Surroundings) -> bool:
    """Whether digits without a word for a telephone are one: by a word for calling, or by «05»."""
    size = len(digits)
    called = around.cue in ("weak_phone", "pointer") or (around.spoken and around.cue is None)
    if called and digits[:2] == "05" and size in (9, 10, 11):
        return True
    if around.dated:
        return False
    if around.cue == "pointer":  # «رقمها» after no word that says whose
        return digits[0] in "059" and 9 <= size <= 14
    if around.cue == "weak_phone":
        return is_mobile_at_home(digits) or (digits[0] in "059" and 8 <= size <= 14)
    return False


def _surroundings(
    tokens: Sequence[Token], runs: Sequence[Run], place: int, cues: Sequence[Cue]
) -> _Surroundings:
    run = runs[place]
    following = runs[place + 1].first if place + 1 < len(runs) else len(tokens) + WINDOW_AFTER
    after = tokens[run.last + 1].folded if run.last + 1 < len(tokens) else ""
    cue, distance = _nearest_cue(run, following, cues)
    return _Surroundings(
        cue="other" if _in_a_code(tokens, run, cues) else cue,
        plus=_has_plus(tokens, run),
        iban_from=_iban_prefix(tokens, run.first),
        counted=after in _COUNTED,
        spoken=run.spoken,
        close=distance <= _CLOSE,
        dated=tuple(len(p.atom.value) for p in run.placed) in ((2, 2, 4), (4, 2, 2)),
    )


def _in_a_code(tokens: Sequence[Token], run: Run, cues: Sequence[Cue]) -> bool:
    """Whether Latin letters stand right before the digits, as in «N-AE-50072219» and «SV1024»."""
    index = run.first - 1
    if index < 0 or tokens[index].end != tokens[run.first].start:
        return False
    if tokens[index].folded in "-_/#":
        index -= 1
    if index < 0 or tokens[index + 1].start != tokens[index].end:
        return False
    word = tokens[index]
    if word.kind != "word" or not word.folded.isascii():
        return False
    return (word.folded,) not in _IBAN_PREFIXES and not any(cue.last == index for cue in cues)


def _has_plus(tokens: Sequence[Token], run: Run) -> bool:
    """A plus sign before the number, or after it, where right-to-left display has moved it."""
    before = tokens[run.first - 1].folded if run.first else ""
    after = tokens[run.last + 1].folded if run.last + 1 < len(tokens) else ""
    return before in ("+", "زايد", "بلس", "plus") or after == "+"


def _iban_prefix(tokens: Sequence[Token], first: int) -> int | None:
    """The token at which «SA», «اس اي» … begins, just before token ``first``."""
    for words in _IBAN_PREFIXES:
        start = first - len(words)
        if start >= 0 and tuple(t.folded for t in tokens[start:first]) == words:
            return start
    return None


def _nearest_cue(run: Run, following: int, cues: Sequence[Cue]) -> tuple[CueKind | None, int]:
    """The nearest cue before the run and its distance in tokens.

    Without one, a cue soon after it that is not the next run's.
    """
    for place in range(len(cues) - 1, -1, -1):
        cue = cues[place]
        if cue.last >= run.first:
            continue
        distance = run.first - cue.last
        if distance > WINDOW_BEFORE:
            break
        if cue.kind in ("birth_date", "email"):
            continue
        if cue.kind == "weak_other" and distance > _WEAK_WINDOW:
            continue
        named = cues[place - 1] if place and cues[place - 1].last + 1 == cue.first else None
        if cue.kind == "weak_phone" and named and named.kind in _NAMED_BEFORE:
            return named.kind, distance  # «بطاقة التعريف نومرو», «الترانزاكشن نمبر»
        return (_pointed_at(cues, place) if cue.kind == "pointer" else cue.kind), distance
    for cue in cues:
        distance = cue.first - run.last
        if distance <= 0 or distance > WINDOW_AFTER:
            continue
        if following - cue.last <= WINDOW_AFTER or cue.kind in ("birth_date", "email"):
            return None, distance
        return cue.kind, distance
    return None, WINDOW_BEFORE


def _pointed_at(cues: Sequence[Cue], place: int) -> CueKind:
    """What «رقمه» refers to: «البلاغ رقمه …», «الهوية رقمها …», else perhaps somebody's telephone."""
    before = cues[place - 1] if place else None
    if before is None or cues[place].first - before.last > _WEAK_WINDOW - 1:
        return "pointer"
    return "other" if before.kind == "weak_other" else before.kind

"""Numbers that were asked for and heard badly: «كم رقم الجوال؟» «صفر خمسة … تسعة».

A number whose digits do not fit cannot be known by its form. But when a turn asks for an ID or a
telephone number and what follows is little else than digits, it is that number, whatever the recognizer
made of it. The same goes for the turns after it, in which the number goes on or is repeated back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.language.redaction.cues import Cue, CueKind, find_cues
from audit.language.redaction.entities import EntityType
from audit.language.redaction.known_words import is_unheard
from audit.language.redaction.number_runs import Run, number_runs, readings
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: An answer begins within so many turns after the question, and goes on for so many.
_ANSWER_WITHIN = 2
_ANSWER_TURNS = 8
#: The question is over so many words after the name of what it asks for.
_WORDS_AFTER_CUE = 8
#: Share of the words of an answer, without «تمام» and the like, that are numbers; digits it must have.
_LEAST_SHARE = 0.5
_LEAST_DIGITS = 4
#: Words beside the digits that may be misheard ones.
_MISHEARD = 2

_ASKED: dict[CueKind, EntityType] = {
    "national_id": "national_id",
    "phone": "phone",
    "weak_phone": "phone",
    "iban": "iban",
    "card": "card",
}
_NAMED: dict[CueKind, EntityType] = {
    "national_id": "national_id",
    "phone": "phone",
    "iban": "iban",
    "card": "card",
}
#: Digits that the pieces of a number must have to be taken for it, of 10, 10, 22 and 16.
_MOST_OF: dict[EntityType, int] = {"national_id": 7, "phone": 7, "iban": 15, "card": 11}
#: A number begins within so many tokens after its name.
_DISTANCE = 5
_FILLERS = word_list("number_filler")
_COUNTED = word_list("counted")
_ASKING = word_list("asking")
#: «آخر أربعة أرقام»: a part that is nobody's number by itself.
_PART_ASKED = word_list("part_of_number")


@dataclass(frozen=True, slots=True)
class AskedNumber:
    """What is left of a number in turn ``turn``, on its tokens ``first`` to ``last`` inclusive."""

    type: EntityType
    turn: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Digits:
    """How much of a turn is a number, and where that stands."""

    first: int
    last: int
    digits: int
    share: float


def asked_numbers(
    turns: Sequence[tuple[Token, ...]], speakers: Sequence[str]
) -> Iterator[AskedNumber]:
    """Numbers that answer a question, in order of turns; ``turns`` are the tokens of each."""
    cues = [find_cues(tokens) for tokens in turns]
    for index, tokens in enumerate(turns):
        kind = _asked_for(tokens, cues[index])
        if kind is None:
            continue
        for answer in range(index + 1, min(len(turns), index + 1 + _ANSWER_WITHIN)):
            if speakers[answer] == speakers[index]:
                continue
            if _answer(turns[answer], cues[answer]) is not None:
                yield from _told(kind, turns, cues, answer)
                break
            if _says_much(turns[answer]):
                break


def misheard_numbers(
    tokens: Sequence[Token], runs: Sequence[Run], cues: Sequence[Cue]
) -> Iterator[tuple[EntityType, int, int]]:
    """Numbers after their name that misheard words cut into pieces: «جوالي صفر خمسة قمشة واحد …».

    Type, first and last token of each. The pieces must have most of the digits of such a number.
    """
    for cue in cues:
        kind = _NAMED.get(cue.kind)
        after = [run for run in runs if run.first > cue.last]
        if kind is None or not after or after[0].first - cue.last > _DISTANCE:
            continue
        pieces = [after[0]]
        for run in after[1:]:
            gap = range(pieces[-1].last + 1, run.first)
            if len(gap) > _MISHEARD or not all(_misheard(tokens[i], cues, i) for i in gap):
                break
            pieces.append(run)
        digits = sum(len(chunk.digits) for run in pieces for chunk in next(readings(run)))
        last = pieces[-1].last
        counted = last + 1 < len(tokens) and tokens[last + 1].folded in _COUNTED
        if len(pieces) > 1 and digits >= _MOST_OF[kind] and not counted:
            yield kind, pieces[0].first, last


def _told(
    kind: EntityType,
    turns: Sequence[tuple[Token, ...]],
    cues: Sequence[tuple[Cue, ...]],
    first: int,
) -> list[AskedNumber]:
    """The answer, and the turns after it as long as they hold little else than digits."""
    told: list[AskedNumber] = []
    digits = 0
    for turn in range(first, min(len(turns), first + _ANSWER_TURNS)):
        found = _answer(turns[turn], cues[turn])
        if found is not None:
            told.append(AskedNumber(kind, turn, found.first, found.last))
            digits += found.digits
        elif _says_much(turns[turn]):
            break
    return told if digits >= _LEAST_DIGITS else []


def _asked_for(tokens: tuple[Token, ...], cues: tuple[Cue, ...]) -> EntityType | None:
    """What the end of a turn asks for, if it does."""
    if not cues or cues[-1].kind not in _ASKED:
        return None
    cue = cues[-1]
    words = [token.folded for token in tokens]
    if len(tokens) - cue.last - 1 > _WORDS_AFTER_CUE or any(number_runs(tokens[cue.last :])):
        return None
    asks = words[-1] in ("?", "؟") or any(word in _ASKING for word in words)
    partial = any(word in _PART_ASKED for word in words)
    weak = cue.kind == "weak_phone" and words[-1] not in ("?", "؟")
    return _ASKED[cue.kind] if asks and not partial and not weak else None


def _answer(tokens: tuple[Token, ...], cues: tuple[Cue, ...]) -> _Digits | None:
    """The digits of a turn that says little else; nothing for prices, orders and other talk."""
    if any(cue.kind in ("other", "weak_other") for cue in cues):
        return None
    runs = number_runs(tokens)
    if not runs:
        return None
    numbers: set[int] = set()
    digits = 0
    for run in runs:
        after = tokens[run.last + 1].folded if run.last + 1 < len(tokens) else ""
        if after in _COUNTED:
            return None
        numbers |= {placed.token for placed in run.placed}
        digits += sum(len(chunk.digits) for chunk in next(readings(run)))
    words = [
        i for i, t in enumerate(tokens) if t.kind in ("word", "digits") and t.folded not in _FILLERS
    ]
    said = set(words) | numbers
    share = len(numbers) / len(said)
    if share < _LEAST_SHARE or digits < 2:
        return None
    first, last = min(numbers), max(numbers)
    first = min(
        [
            first,
            *(i for i in words if first - _MISHEARD <= i < first and _misheard(tokens[i], cues, i)),
        ]
    )
    last = max(
        [
            last,
            *(i for i in words if last < i <= last + _MISHEARD and _misheard(tokens[i], cues, i)),
        ]
    )
    return _Digits(first, last, digits, share)


def _misheard(token: Token, cues: Sequence[Cue], index: int) -> bool:
    """Whether a word beside the digits may be one of them: no cue, and none that people say."""
    return not any(cue.first <= index <= cue.last for cue in cues) and is_unheard(token.folded)


def _says_much(tokens: tuple[Token, ...]) -> bool:
    return sum(t.kind == "word" and t.folded not in _FILLERS for t in tokens) > 3

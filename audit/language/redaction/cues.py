"""Words near a number that tell what it is: «جوالي», «رقم الطلب», «الهوية».

The words are in ``data/lexicons/redaction_cues.tsv``. Clitics and possessive endings are recognized;
recognizers' spellings that folding does not cover are listed there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from audit.language.redaction.tokens import Token
from audit.resources import resource_path

CueKind = Literal[
    "national_id",
    "phone",
    "weak_phone",
    "pointer",
    "iban",
    "card",
    "birth_date",
    "email",
    "other",
    "weak_other",
]

_PREFIX = "(?:[وفبلكع]|عل)?(?:ال|ل)?"
_ENDING = "(?:ي|ك|ج|ش|كم|ه|ها|هم|نا|تي|تك|تنا|يا)?"


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue phrase on tokens ``first`` to ``last`` inclusive."""

    kind: CueKind
    first: int
    last: int


def find_cues(tokens: Sequence[Token]) -> tuple[Cue, ...]:
    """All cues of a text in order; of two at one place the longer."""
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    place = 0
    for index, token in enumerate(tokens):
        starts[place] = index
        place += len(token.folded)
        ends[place] = index
        place += 1
    text = " ".join(token.folded for token in tokens)
    cues: list[Cue] = []
    for match in _pattern().finditer(text):
        first, last = starts.get(match.start()), ends.get(match.end())
        if first is not None and last is not None:
            kind = _kinds()[match.lastgroup or ""]
            cues.append(Cue(kind, first, last))
    return tuple(cues)


@cache
def _phrases() -> dict[CueKind, list[str]]:
    phrases: dict[CueKind, list[str]] = {}
    path = resource_path("data/lexicons/redaction_cues.tsv")
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, phrase = line.split("\t")
            phrases.setdefault(cast(CueKind, kind), []).append(phrase)
    return phrases


@cache
def _kinds() -> dict[str, CueKind]:
    return {f"g{index}": kind for index, (kind, _) in enumerate(_by_length())}


@cache
def _by_length() -> list[tuple[CueKind, list[str]]]:
    """Phrases by kind and number of words, more words first, so that the longest match wins."""
    groups: dict[tuple[int, CueKind], list[str]] = {}
    for kind, phrases in _phrases().items():
        for phrase in phrases:
            groups.setdefault((-len(phrase.split()), kind), []).append(phrase)
    return [(kind, groups[size, kind]) for size, kind in sorted(groups)]


@cache
def _pattern() -> re.Pattern[str]:
    alternatives = (
        f"(?P<g{index}>{'|'.join(_phrase_pattern(phrase, kind) for phrase in phrases)})"
        for index, (kind, phrases) in enumerate(_by_length())
    )
    return re.compile(rf"(?<!\S){_PREFIX}(?:{'|'.join(alternatives)})(?!\S)")


def _phrase_pattern(phrase: str, kind: CueKind) -> str:
    if phrase.isascii() or kind == "pointer":  # «رقمه» is not «رقمي»
        return re.escape(phrase)
    return " ".join(_word_pattern(word) for word in phrase.split())


def _word_pattern(word: str) -> str:
    stem = word.removeprefix("ال")
    if stem.endswith("ه"):
        return f"(?:ال)?{stem[:-1]}(?:[هاي]|ت{_ENDING})"
    return f"(?:ال)?{stem}{_ENDING}"

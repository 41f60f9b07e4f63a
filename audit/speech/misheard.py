"""How surely a phrase stands in text that a recognizer misheard.

A recognizer that mishears half the words of dialect speech still keeps most of the consonants:
«خلك معي دقيقة أكلمه» comes out as «خلق معي دقيقة كلموا». So a phrase is looked for as the stretch
of the text, spaces taken out, that costs least to turn into it (P. Sellers, "The theory and
computation of evolutionary distances", J. Algorithms 1, 1980), where letters that recognizers take
for one another cost little and vowels and gutturals, which they lose, cost half.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from audit.speech.cues import Cue, fold

#: What the loss of a letter costs: vowels and gutturals are lost all the time.
_WEAK_COST = 0.45
_WEAK = frozenset("اويهعء")
#: Letters that the recognizer takes for one another (data/brushoff/recognizer_confusions.tsv).
_ALIKE = ("ظضذز", "صسث", "طتد", "قكغج", "حهخ", "عا", "ين", "بمن", "رل", "وا", "يا")
_ALIKE_COST = 0.4
#: Similarity that a match needs, by the cost of the whole phrase: set so that announcements of a wait
#: are found in about 1 % of other turns of agents, heard right or with half of the words wrong.
_NEEDED = ((4.0, 0.88), (5.0, 0.81), (6.0, 0.8), (8.0, 0.74), (float("inf"), 0.67))
#: A phrase that begins within a word («ملاحظة» for «لحظة») is less likely the phrase.
_WITHIN_WORD_COST = 0.5


def folded_words(words: Iterable[str]) -> tuple[str, ...]:
    """``words`` as this module compares them; those without letters are left out."""
    return tuple(letters for word in words if (letters := fold(word)))


def heard_weight(cues: Iterable[Cue], words: Sequence[str], enough: float) -> float:
    """Sum of the weights of the cues in ``words`` (folded), counted until it is ``enough``."""
    total = 0.0
    for cue in cues:
        phrase = fold(cue.phrase)
        if similarity(phrase, words) >= _needed(phrase):
            total += cue.weight
            if total >= enough:
                break
    return total


def similarity(phrase: str, words: Sequence[str]) -> float:
    """How much of ``phrase`` the best stretch of ``words`` holds: 1 all of it, 0 nothing.

    The phrase and each word are folded (``cues.fold``).
    """
    whole = _cost(phrase)
    return max(0.0, 1.0 - _distance(phrase, words) / whole) if whole else 0.0


def _distance(phrase: str, words: Sequence[str]) -> float:
    """Least cost of turning some stretch of the text into ``phrase``."""
    text = "".join(words)
    row = [_WITHIN_WORD_COST] * (len(text) + 1)
    start = 0
    for word in words:
        row[start] = 0.0
        start += len(word)
    for letter in phrase:
        lost = _letter_cost(letter)
        next_row = [row[0] + lost]
        for index, heard in enumerate(text):
            next_row.append(
                min(
                    row[index] + _exchange_cost(letter, heard),
                    row[index + 1] + lost,
                    next_row[index] + _letter_cost(heard),
                )
            )
        row = next_row
    return min(row)


def _cost(phrase: str) -> float:
    return sum(_letter_cost(letter) for letter in phrase)


def _letter_cost(letter: str) -> float:
    return _WEAK_COST if letter in _WEAK else 1.0


@functools.lru_cache(maxsize=4096)
def _exchange_cost(said: str, heard: str) -> float:
    if said == heard:
        return 0.0
    if any(said in group and heard in group for group in _ALIKE):
        return _ALIKE_COST
    return max(_letter_cost(said), _letter_cost(heard))


@functools.lru_cache(maxsize=512)
def _needed(phrase: str) -> float:
    cost = _cost(phrase)
    return next(needed for limit, needed in _NEEDED if cost < limit)

"""Simulated recognizer errors: text as a small Whisper hears it over the telephone.

The letter confusions are counts measured by aligning what Whisper base heard of the project's sample
calls with what was said (``data/brushoff/recognizer_confusions.tsv``). Words are lost, glued together
and torn apart about as often, relative to misheard words, as in that alignment.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from audit.language.normalization import normalize
from audit.resources import resource_path

CONFUSIONS = "data/brushoff/recognizer_confusions.tsv"
#: Shares of what happens to a word that is not heard right (measured: 381 misheard, 84 lost; 123
#: spaces lost and 58 put in, of which those inside misheard stretches are not counted here).
LOST, GLUED, TORN = 0.16, 0.16, 0.08
#: A misheard word has this many wrong letters, by weight: 1, 2, 3, 4.
WRONG_LETTERS = (5, 4, 2, 1)
#: Word errors (jiwer) that a touched word costs on average, measured on the corpus: gluing and tearing
ERRORS_A_TOUCHED_WORD = 1.12


@dataclass(frozen=True, slots=True)
class _Choices:
    letters: tuple[str, ...]
    cumulative: tuple[float, ...]

    def draw(self, rng: random.Random) -> str:
        return rng.choices(self.letters, cum_weights=self.cumulative)[0]


class RecognizerNoise:
    """Corrupts text word by word, reproducibly from the ``random.Random`` given."""

    def __init__(self, confusions: Mapping[tuple[str, str], float]) -> None:
        """``confusions`` maps (said, heard) letters to counts; ``""`` is "nothing"."""
        heard: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for (said, instead), count in confusions.items():
            heard[said].append((instead, count))
        self._instead = {said: _choices(options) for said, options in heard.items() if said}
        self._inserted = _choices(heard.get("", [("ا", 1.0)]))
        self._weight = {said: sum(count for _, count in options) for said, options in heard.items()}

    @classmethod
    def from_resources(cls) -> RecognizerNoise:
        return cls(read_confusions(resource_path(CONFUSIONS)))

    def corrupt(self, text: str, word_error_rate: float, rng: random.Random) -> str:
        """``text`` with about ``word_error_rate`` (``[0, 1]``) of its words misheard.

        The result is in the spelling of ``normalize``; at rate 0 only the spelling changes.
        """
        words = normalize(text).split()
        touched = word_error_rate / ERRORS_A_TOUCHED_WORD
        out: list[str] = []
        glue = False
        for word in words:
            heard, glue_next = self._word(word, rng) if rng.random() < touched else (word, False)
            if glue and out and heard:
                out[-1] += heard
            elif heard:
                out.append(heard)
            glue = glue_next
        return " ".join(out) if out else " ".join(words)

    def _word(self, word: str, rng: random.Random) -> tuple[str, bool]:
        fate = rng.random()
        if fate < LOST:
            return "", False
        if fate < LOST + GLUED:
            return self._misheard(word, 1, rng), True
        wrong = rng.choices((1, 2, 3, 4), weights=WRONG_LETTERS)[0]
        heard = self._misheard(word, min(wrong, max(1, len(word) - 1)), rng)
        if fate < LOST + GLUED + TORN and len(heard) > 3:
            cut = rng.randrange(1, len(heard) - 1)
            heard = f"{heard[:cut]} {heard[cut:]}"
        return heard, False

    def _misheard(self, word: str, wrong: int, rng: random.Random) -> str:
        letters = list(word)
        for _ in range(wrong):
            weights = [0.2 + self._weight.get(letter, 0.0) for letter in letters]
            place = rng.choices(range(len(letters)), weights=weights)[0]
            if rng.random() < 0.15:
                letters[place] += self._inserted.draw(rng).strip()
            elif letters[place] in self._instead:
                letters[place] = self._instead[letters[place]].draw(rng).strip()
            elif len(letters) > 1:
                letters[place] = ""
            letters = [part for part in letters if part] or list(word[:1])
        return "".join(letters)


def read_confusions(path: Path) -> dict[tuple[str, str], float]:
    """Lines ``said<TAB>heard<TAB>count``; ``-`` is "nothing"."""
    table: dict[tuple[str, str], float] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, heard, count = line.split("\t")
            table[_letter(said), _letter(heard)] = float(count)
    return table


def _letter(field: str) -> str:
    return "" if field == "-" else field


def _choices(options: Sequence[tuple[str, float]]) -> _Choices:
    return _Choices(
        tuple(letter for letter, _ in options), tuple(accumulate(count for _, count in options))
    )

"""Phrases that tell roles and holds, found in misrecognized text.

More than half the words of dialect speech come out wrong and words are split or merged, so a phrase
is looked for in folded text without spaces, with errors allowed: the indel similarity of
rapidfuzz's ``partial_ratio`` (the best-matching stretch of the text).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from audit.errors import UsageError
from audit.resources import resource_path

#: Letters that writers and recognizers use for one another.
_LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ء": None,
        "ـ": None,
        "گ": "ق",
        "چ": "ج",
        "پ": "ب",
        "ڤ": "ف",
    }
)
#: Folded phrases shorter than this are matched as whole words only.
_SHORT = 7
_MEDIUM = 11
#: Similarity in percent that a match needs, by the length of the phrase: chance matches of short
#: phrases are common.
_MEDIUM_SIMILARITY = 86.0
_LONG_SIMILARITY = 80.0


@dataclass(frozen=True, slots=True)
class Cue:
    """``phrase`` hints at ``kind`` (a party, or a moment of a hold) with ``weight`` > 0."""

    phrase: str
    kind: str
    weight: float


@functools.lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """``text`` without diacritics, punctuation, digits and spaces, look-alike letters made one."""
    decomposed = unicodedata.normalize("NFC", text).translate(_LETTERS).lower()
    return re.sub(r"[\W\d_]+", "", "".join(c for c in decomposed if not unicodedata.combining(c)))


def load_cues(name: str) -> tuple[Cue, ...]:
    """The lexicon ``data/lexicons/<name>.tsv``: phrase, kind, weight; ``#`` begins a comment.

    Raises ``UsageError`` that names the line of a wrong entry.
    """
    path = resource_path(f"data/lexicons/{name}.tsv")
    cues: list[Cue] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            cues.append(parse_cue(line, f"{path.name}:{number}"))
    return tuple(cues)


def parse_cue(line: str, place: str) -> Cue:
    """A line of a lexicon; ``place`` names it in the ``UsageError`` of a wrong one."""
    columns = line.split("\t")
    try:
        phrase, kind, weight = (column.strip() for column in columns)
        cue = Cue(phrase, kind, float(weight))
    except ValueError as error:
        raise UsageError(f"{place}: write phrase, kind, weight with tabs between") from error
    if not fold(phrase) or not kind or not 0 < cue.weight <= 10:
        raise UsageError(f"{place}: a cue needs letters, a kind, and a weight in (0, 10]")
    return cue


def match(phrase: str, text: str) -> float:
    """How surely ``text`` contains ``phrase``: 0 where it does not, 1 for its very letters."""
    from rapidfuzz import fuzz

    wanted = fold(phrase)
    if len(wanted) < _SHORT:
        words = [fold(word) for word in text.split()]
        return float(wanted in words or wanted in {a + b for a, b in pairwise(words)})
    folded = fold(text)
    if len(folded) < 0.8 * len(wanted):
        return 0.0
    needed = _LONG_SIMILARITY if len(wanted) >= _MEDIUM else _MEDIUM_SIMILARITY
    if len(folded) < len(wanted):
        similarity = fuzz.ratio(wanted, folded, score_cutoff=needed)
    else:
        similarity = fuzz.partial_ratio(wanted, folded, score_cutoff=needed)
    return similarity / 100 if similarity >= needed else 0.0


def find_cues(cues: tuple[Cue, ...], text: str) -> tuple[tuple[Cue, float], ...]:
    """The cues that ``text`` contains, each with weight x similarity."""
    found = ((cue, match(cue.phrase, text)) for cue in cues)
    return tuple((cue, cue.weight * similarity) for cue, similarity in found if similarity > 0)

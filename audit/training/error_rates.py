"""Word and character error rates of Arabic transcripts.

WER and CER are edit distance over reference length (Levenshtein 1966; NIST SCTK's definition), after
``normalize``: spelling variants of one word are no errors. Numbers are compared as they are written,
so "ثلاثة" against "3" counts as an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audit.language.normalization import normalize


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Edits (substitutions, insertions, deletions) and the length of the reference they refer to."""

    word_edits: int = 0
    words: int = 0
    character_edits: int = 0
    characters: int = 0

    @property
    def wer(self) -> float:
        """Word error rate, 0 for perfect; may exceed 1. NaN without a reference word."""
        return self.word_edits / self.words if self.words else float("nan")

    @property
    def cer(self) -> float:
        """Character error rate without spaces: splitting and joining words costs nothing here."""
        return self.character_edits / self.characters if self.characters else float("nan")

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(
            self.word_edits + other.word_edits,
            self.words + other.words,
            self.character_edits + other.character_edits,
            self.characters + other.characters,
        )


def count_errors(reference: str, hypothesis: str) -> ErrorCounts:
    """Edits that turn ``hypothesis`` into ``reference``."""
    from rapidfuzz.distance import Levenshtein

    said, heard = normalize(reference), normalize(hypothesis)
    letters, heard_letters = said.replace(" ", ""), heard.replace(" ", "")
    return ErrorCounts(
        Levenshtein.distance(said.split(), heard.split()),
        len(said.split()),
        Levenshtein.distance(letters, heard_letters),
        len(letters),
    )


def total(counts: Iterable[ErrorCounts]) -> ErrorCounts:
    """The sum over calls: long calls weigh more, as in every published WER."""
    return sum(counts, ErrorCounts())

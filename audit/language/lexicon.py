"""The lexicon baseline: wordings that are typical of each label, weighed against substance.

It knows words, not handling: a formal brush-off without a typical wording escapes it, and a proper turn
that uses one may be flagged. It serves where no trained model is, and as the floor that a trained model
has to beat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.language.normalization import normalize
from audit.resources import resource_path
from audit.types import LABELS, LabelScore, TurnInput, TurnScore

#: A label is flagged from this score on, and a turn is unsure within this distance of it.
THRESHOLD = 0.5
UNSURE_BAND = 0.1
#: Each kind of substance in a turn takes this share of its brush-off score away.
SUBSTANCE_DISCOUNT = 0.45


@dataclass(frozen=True, slots=True)
class Cue:
    """A wording. ``pattern`` is normalized and without spaces, since recognizers split words."""

    kind: str
    phrase: str
    pattern: str
    weight: float


class LexiconClassifier:
    """Scores a turn by the wordings it holds. Satisfies ``TurnClassifier``."""

    name = "lexicon-1"
    call_model = None

    def __init__(self, cues: Sequence[Cue], substance: Sequence[Cue]) -> None:
        self._cues = tuple(cues)
        self._substance = tuple(substance)

    @classmethod
    def from_resources(cls) -> LexiconClassifier:
        """The lexicon that the project ships, ``data/lexicons/``."""
        return cls(
            read_cues(resource_path("data/lexicons/brushoff.tsv")),
            read_cues(resource_path("data/lexicons/substance.tsv")),
        )

    def threshold(self, label: str) -> float:
        return THRESHOLD

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        """One score a turn; without ``evidence`` the wordings that were found are left out."""
        return tuple(self._score_turn(turn, evidence) for turn in turns)

    def _score_turn(self, turn: TurnInput, evidence: bool) -> TurnScore:
        text = _squeezed(turn.text)
        found = [cue for cue in self._cues if cue.pattern in text]
        kinds = {cue.kind for cue in self._substance if cue.pattern in text}
        kept = (1.0 - SUBSTANCE_DISCOUNT) ** len(kinds)
        scores = tuple(
            LabelScore(label, kept * _any_of([cue.weight for cue in found if cue.kind == label]))
            for label in LABELS
        )
        brush_off = max(score.score for score in scores)
        return TurnScore(
            brush_off=brush_off,
            labels=scores,
            flagged=tuple(score.label for score in scores if score.score >= THRESHOLD),
            unsure=abs(brush_off - THRESHOLD) < UNSURE_BAND,
            positives=("ownership",) if "ownership" in kinds else (),
            evidence=tuple(cue.phrase for cue in found) if evidence else (),
        )


def read_cues(path: Path) -> tuple[Cue, ...]:
    """The lines of a lexicon: kind, phrase and, where given, weight, separated by tabs."""
    return tuple(_cues(path.read_text(encoding="utf-8").splitlines()))


def _cues(lines: Sequence[str]) -> Iterator[Cue]:
    for line in lines:
        if line and not line.startswith("#"):
            kind, phrase, *weight = line.split("\t")
            yield Cue(kind, phrase, _squeezed(phrase), float(weight[0]) if weight else 1.0)


def _squeezed(text: str) -> str:
    return normalize(text).replace(" ", "")


def _any_of(weights: Sequence[float]) -> float:
    """The probability that at least one of independent cues is right (noisy-or)."""
    none = 1.0
    for weight in weights:
        none *= 1.0 - weight
    return 1.0 - none

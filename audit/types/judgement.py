"""What is concluded from the words of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Resolution = Literal["resolved", "committed", "deferred", "none"]
#: Brush-off labels (docs/taxonomy.md), in the order in which reports show them.
LABELS = (
    "placation",
    "deflection",
    "stalling",
    "unresolved_closure",
    "uninformed",
    "disclaiming",
    "dismissive_tone",
)
#: Positive behaviour, reported beside the labels.
POSITIVES = ("commitment", "ownership", "resolution", "empathy")
RESOLUTIONS: tuple[Resolution, ...] = ("resolved", "committed", "deferred", "none")


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The probability in ``[0, 1]`` that a label of the taxonomy applies."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class TurnInput:
    """An agent turn to be scored, with the caller turn before it (empty when there is none)."""

    context: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnScore:
    """A classifier's view of one agent turn.

    ``brush_off`` in ``[0, 1]``; ``labels`` has one entry per label of ``LABELS``; ``flagged`` are the
    labels taken for true, empty exactly when the turn is not taken for a brush-off; ``positives`` are
    the kinds of good handling seen, ``positive_scores`` their probabilities (empty where the classifier
    has none); ``evidence`` are the words of the turn that weighed most.
    """

    brush_off: float
    labels: tuple[LabelScore, ...]
    flagged: tuple[str, ...] = ()
    unsure: bool = False
    positives: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    positive_scores: tuple[LabelScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A brush-off label on a turn of a call. ``threshold`` is what ``score`` had to reach."""

    turn_index: int
    label: str
    score: float
    threshold: float
    start_ms: int
    end_ms: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise of the agent. Each part is the agent's own wording, or ``None`` where none was said."""

    turn_index: int
    action: str | None
    owner: str | None
    deadline: str | None
    reference: str | None
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """The judgement of a whole call. ``brush_off_score`` is 0 (exemplary) to 100."""

    brush_off: bool
    brush_off_score: float
    resolution: Resolution
    unsure: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that was concluded from the words of a call; ``scores`` are by turn index."""

    scores: tuple[tuple[int, TurnScore], ...]
    flags: tuple[Flag, ...]
    verdict: CallVerdict
    commitments: tuple[Commitment, ...] = ()

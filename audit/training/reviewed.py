"""Reviewed calls as examples: what is known of each turn, and which calls are learned from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.errors import UsageError
from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.store.learning import LearningCall
from audit.types import LABELS, TurnInput

#: Of all reviewed calls this share measures and is not learned from; the same calls every time.
HELD_OUT_SHARE = 0.3
#: Below these a comparison of two models is chance, whatever it says.
NEEDED_CALLS, NEEDED_OF_KIND = 30, 20


@dataclass(frozen=True, slots=True)
class ReviewedTurn:
    """An agent turn, and what people found: ``brush_off`` and each label, ``None`` where not judged."""

    place: int
    input: TurnInput
    brush_off: bool | None
    labels: tuple[bool | None, ...]

    @property
    def truth(self) -> tuple[bool | None, ...]:
        """By output of the model: brush-off, then the labels."""
        return (self.brush_off, *self.labels)


@dataclass(frozen=True, slots=True)
class ReviewedCall:
    """A judged call; ``scored`` are all its agent turns, judged or not."""

    call_id: str
    turns: tuple[ConversationTurn, ...]
    scored: tuple[ReviewedTurn, ...]
    brush_off: bool | None

    @property
    def judged(self) -> tuple[ReviewedTurn, ...]:
        return tuple(turn for turn in self.scored if any(x is not None for x in turn.truth))


@dataclass(frozen=True, slots=True)
class Reviews:
    """The calls to learn from and those that measure."""

    learned: tuple[ReviewedCall, ...]
    held_out: tuple[ReviewedCall, ...]


def split_reviews(calls: Sequence[LearningCall]) -> Reviews:
    """Both parts of the judged calls, by the hash of their names.

    Raises ``UsageError`` that says how many more are needed.
    """
    everything = [reviewed_call(call) for call in calls]
    reviewed = [call for call in everything if call.judged or call.brush_off is not None]
    turns = [turn for call in reviewed for turn in call.judged]
    bad = sum(turn.brush_off is True for turn in turns)
    proper = sum(turn.brush_off is False for turn in turns)
    if len(reviewed) < NEEDED_CALLS or min(bad, proper) < NEEDED_OF_KIND:
        raise UsageError(
            f"too few reviews to learn from: {len(reviewed)} calls with {bad} turns found to be "
            f"brush-offs and {proper} found proper; {NEEDED_CALLS} calls and {NEEDED_OF_KIND} turns "
            "of each kind are needed. Judge more with `tasleek review`; blind calls count most, since "
            "all their turns are judged"
        )
    held_out = tuple(call for call in reviewed if chance_of(call.call_id) < HELD_OUT_SHARE)
    learned = tuple(call for call in reviewed if chance_of(call.call_id) >= HELD_OUT_SHARE)
    return Reviews(learned, held_out)


def reviewed_call(call: LearningCall) -> ReviewedCall:
    """What is known of each agent turn of a call.

    A turn of which any label was confirmed is a brush-off. One is proper where all labels were found
    not to apply, or all that the machine had flagged, and people, who could have named another, did
    not: then no label applies. Of other turns, only the labels that were judged are known.
    """
    turns = tuple(ConversationTurn(role, text) for _, role, text in call.turns)
    said = dict(call.labels)
    scored = []
    for place, turn in agent_turn_inputs(turns).items():
        index = call.turns[place][0]
        labels = tuple(said.get((index, label)) for label in LABELS)
        brush_off = _brush_off(labels, [(index, label) in call.flags for label in LABELS])
        if brush_off is False:
            labels = (False,) * len(LABELS)
        scored.append(ReviewedTurn(place, turn, brush_off, labels))
    return ReviewedCall(call.call_id, turns, tuple(scored), call.brush_off)


def _brush_off(labels: Sequence[bool | None], flagged: Sequence[bool]) -> bool | None:
    if any(labels):
        return True
    on_flags = [applies for applies, flag in zip(labels, flagged, strict=True) if flag]
    rejected = False in labels and all(applies is False for applies in on_flags)
    return False if rejected else None


def folds_of(calls: Iterable[ReviewedCall], folds: int) -> list[int]:
    """The fold of each call, always the same for a call."""
    return [int(chance_of(f"fold {call.call_id}") * folds) for call in calls]


def chance_of(name: str) -> float:
    """A number in ``[0, 1)`` that looks random and is always the same for a name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) / 16**12

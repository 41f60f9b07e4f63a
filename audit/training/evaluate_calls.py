"""Measuring the call verdict on annotated calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit.errors import UsageError
from audit.language.classifier import TurnClassifier
from audit.language.conversation import agent_turn_inputs
from audit.language.verdict import CallModel, judge_call
from audit.training.corpus import AnnotatedCall
from audit.training.metrics import Figure, bootstrapped, expected_calibration_error, f1, roc_auc
from audit.training.train_calls import ScoredCall
from audit.types import RESOLUTIONS, CallVerdict


@dataclass(frozen=True, slots=True)
class CallEvaluation:
    """``score_error`` is the mean distance of the score from the annotated one, in points;
    ``confusion[i][j]`` counts calls of resolution ``i`` taken for ``j`` (order of ``RESOLUTIONS``)."""

    classifier: str
    calls: int
    auc: Figure
    f1: Figure
    accuracy: Figure
    resolution_accuracy: Figure
    score_error: float
    calibration_error: float
    unsure_share: float
    confusion: tuple[tuple[int, ...], ...]
    mistaken: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def score_calls(
    classifier: TurnClassifier, calls: Sequence[AnnotatedCall]
) -> tuple[ScoredCall, ...]:
    """The calls with the scores of their agent turns, scored in one go."""
    inputs = [agent_turn_inputs(call.turns) for call in calls]
    scores = iter(
        classifier.score([turn for own in inputs for turn in own.values()], evidence=False)
    )
    return tuple(
        ScoredCall(call, {index: next(scores) for index in own})
        for call, own in zip(calls, inputs, strict=True)
    )


def evaluate_calls(
    name: str, scored: Sequence[ScoredCall], model: CallModel | None = None
) -> CallEvaluation:
    """Judge scored calls with ``model`` (the shipped one if not given) and compare.

    Raises ``UsageError`` when the calls are all of one kind.
    """
    truth = [item.call.brush_off for item in scored]
    if len(set(truth)) < 2:
        raise UsageError("the calls to evaluate on must hold both brush-offs and proper calls")
    verdicts = [judge_call(item.call.turns, item.scores, model) for item in scored]
    ids = [item.call.id for item in scored]
    points = [verdict.brush_off_score for verdict in verdicts]
    flagged = [verdict.brush_off for verdict in verdicts]
    right = [flag == real for flag, real in zip(flagged, truth, strict=True)]
    resolved = [v.resolution == s.call.resolution for v, s in zip(verdicts, scored, strict=True)]
    errors = [abs(p - s.call.brush_off_score) for p, s in zip(points, scored, strict=True)]
    return CallEvaluation(
        classifier=name,
        calls=len(scored),
        auc=bootstrapped(roc_auc(truth, points), ids),
        f1=bootstrapped(f1(truth, flagged), ids),
        accuracy=bootstrapped(lambda rows: sum(right[i] for i in rows) / len(rows), ids),
        resolution_accuracy=bootstrapped(
            lambda rows: sum(resolved[i] for i in rows) / len(rows), ids
        ),
        score_error=sum(errors) / len(errors),
        calibration_error=expected_calibration_error(truth, [p / 100.0 for p in points]),
        unsure_share=sum(verdict.unsure for verdict in verdicts) / len(verdicts),
        confusion=_confusion(scored, verdicts),
        mistaken=tuple(i for i, ok in zip(ids, right, strict=True) if not ok),
    )


def _confusion(
    scored: Sequence[ScoredCall], verdicts: Sequence[CallVerdict]
) -> tuple[tuple[int, ...], ...]:
    pairs = [(s.call.resolution, v.resolution) for s, v in zip(scored, verdicts, strict=True)]
    return tuple(tuple(pairs.count((a, b)) for b in RESOLUTIONS) for a in RESOLUTIONS)

"""Measuring a turn classifier on annotated turns: overall, by slice, and under simulated noise."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from audit.errors import UsageError
from audit.language.classifier import TurnClassifier
from audit.language.noise import RecognizerNoise
from audit.training.corpus import AnnotatedTurn
from audit.training.metrics import (
    Figure,
    bootstrapped,
    expected_calibration_error,
    f1,
    mean_of,
    precision_recall,
    roc_auc,
)
from audit.types import LABELS, TurnInput, TurnScore

NOISE_RATES = (0.2, 0.4, 0.6)
_NOISE_SEED = 5
#: Slices of fewer turns are not shown: their figures would be chance.
MIN_SLICE = 25


@dataclass(frozen=True, slots=True)
class LabelFigures:
    label: str
    turns: int
    precision: float
    recall: float
    f1: Figure


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """Turns that share a dialect, topic, author or difficulty."""

    name: str
    turns: int
    auc: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class NoiseFigures:
    word_error_rate: float
    auc: Figure
    f1: Figure


@dataclass(frozen=True, slots=True)
class TurnEvaluation:
    """What was measured. ``sure_share`` of the turns lie outside the unsure band."""

    classifier: str
    turns: int
    auc: Figure
    f1: Figure
    macro_f1: Figure
    precision: float
    recall: float
    calibration_error: float
    sure_share: float
    sure_accuracy: float
    labels: tuple[LabelFigures, ...]
    slices: tuple[SliceFigures, ...]
    noise: tuple[NoiseFigures, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def evaluate_turns(
    classifier: TurnClassifier,
    turns: Sequence[AnnotatedTurn],
    noise_rates: Sequence[float] = NOISE_RATES,
) -> TurnEvaluation:
    """Score ``turns`` clean and with simulated recognizer errors. Raises ``UsageError`` on none."""
    if len({turn.brush_off for turn in turns}) < 2:
        raise UsageError("the turns to evaluate on must hold both brush-offs and proper turns")
    scores = classifier.score([turn.input for turn in turns], evidence=False)
    truth = [turn.brush_off for turn in turns]
    flagged = [bool(score.flagged) for score in scores]
    found = [score.brush_off for score in scores]
    groups = [turn.origin.group for turn in turns]
    precision, recall = precision_recall(truth, flagged)
    sure = [i for i, score in enumerate(scores) if not score.unsure]
    return TurnEvaluation(
        classifier=classifier.name,
        turns=len(turns),
        auc=bootstrapped(roc_auc(truth, found), groups),
        f1=bootstrapped(f1(truth, flagged), groups),
        macro_f1=bootstrapped(mean_of([_label_f1(turns, scores, x) for x in LABELS]), groups),
        precision=precision,
        recall=recall,
        calibration_error=expected_calibration_error(truth, found),
        sure_share=len(sure) / len(turns),
        sure_accuracy=sum(flagged[i] == truth[i] for i in sure) / max(1, len(sure)),
        labels=tuple(_label_figures(turns, scores, label) for label in LABELS),
        slices=tuple(_slices(turns, scores)),
        noise=tuple(_noise_figures(classifier, turns, rate) for rate in noise_rates),
    )


def with_noise(turns: Sequence[AnnotatedTurn], rate: float) -> list[TurnInput]:
    """The turns as a recognizer with this word error rate might hear them; always the same way."""
    noise, rng = RecognizerNoise.from_resources(), random.Random(_NOISE_SEED)
    return [
        TurnInput(
            noise.corrupt(turn.input.context, rate, rng), noise.corrupt(turn.input.text, rate, rng)
        )
        for turn in turns
    ]


def _noise_figures(
    classifier: TurnClassifier, turns: Sequence[AnnotatedTurn], rate: float
) -> NoiseFigures:
    scores = classifier.score(with_noise(turns, rate), evidence=False)
    truth = [turn.brush_off for turn in turns]
    groups = [turn.origin.group for turn in turns]
    return NoiseFigures(
        rate,
        bootstrapped(roc_auc(truth, [score.brush_off for score in scores]), groups),
        bootstrapped(f1(truth, [bool(score.flagged) for score in scores]), groups),
    )


def _label_f1(
    turns: Sequence[AnnotatedTurn], scores: Sequence[TurnScore], label: str
) -> Callable[[Sequence[int]], float]:
    return f1([label in t.labels for t in turns], [label in s.flagged for s in scores])


def _label_figures(
    turns: Sequence[AnnotatedTurn], scores: Sequence[TurnScore], label: str
) -> LabelFigures:
    truth = [label in turn.labels for turn in turns]
    precision, recall = precision_recall(truth, [label in score.flagged for score in scores])
    figure = bootstrapped(_label_f1(turns, scores, label), [t.origin.group for t in turns])
    return LabelFigures(label, sum(truth), precision, recall, figure)


def _slices(turns: Sequence[AnnotatedTurn], scores: Sequence[TurnScore]) -> list[SliceFigures]:
    kinds: tuple[Callable[[AnnotatedTurn], str], ...] = (
        lambda turn: f"dialect {turn.origin.dialect}",
        lambda turn: f"topic {turn.origin.topic}",
        lambda turn: f"author {turn.origin.author}",
        lambda turn: "hard" if turn.hard else "not hard",
    )
    found = []
    for kind in kinds:
        names = [kind(turn) for turn in turns]
        for name in sorted(set(names)):
            rows = [i for i, own in enumerate(names) if own == name]
            truth = [turns[i].brush_off for i in rows]
            if len(rows) < MIN_SLICE or len(set(truth)) < 2:
                continue
            groups = [turns[i].origin.group for i in rows]
            auc = bootstrapped(roc_auc(truth, [scores[i].brush_off for i in rows]), groups)
            flagged = [bool(scores[i].flagged) for i in rows]
            found.append(
                SliceFigures(name, len(rows), auc, bootstrapped(f1(truth, flagged), groups))
            )
    return found

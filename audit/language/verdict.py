"""The verdict on a whole call: logistic regressions over the scores, places and promises of its turns
and the words of its ending.

Its weights stand in ``calls.json`` and ``call-grams.safetensors`` beside the turn classifier's, and are
fitted on scores of models that never saw those calls (``audit.training.train_calls``). The scale is
that of ``docs/taxonomy.md``: 0 exemplary to 100, a brush-off from 50 on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from audit.errors import ModelError
from audit.language.call_features import CallEvidence, call_evidence, call_features
from audit.language.call_grams import CALL_GRAMS, ending_features
from audit.language.conversation import ConversationTurn
from audit.language.grams import GramModel, read_gram_model, write_gram_model
from audit.resources import resource_path
from audit.types import RESOLUTIONS, CallVerdict, Resolution, TurnScore

CALLS_MODEL = "models/brushoff-3/calls.json"
BRUSH_OFF_FROM = 50.0


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear function of the standardized features."""

    weights: tuple[float, ...]
    intercept: float

    def value(self, features: Sequence[float]) -> float:
        return self.intercept + sum(w * x for w, x in zip(self.weights, features, strict=True))


@dataclass(frozen=True, slots=True)
class CallModel:
    """``features`` names the inputs in order; ``mean`` and ``scale`` standardize them; ``grams`` reads
    the words of the ending.

    A call is a brush-off when its probability reaches ``threshold``, and unsure when that lies in the
    band ``unsure``. ``resolution`` has one linear function a class, in the order of ``RESOLUTIONS``.
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    brush_off: Linear
    threshold: float
    unsure: tuple[float, float]
    resolution: tuple[Linear, ...]
    grams: GramModel | None = None

    def inputs(
        self, turns: Sequence[ConversationTurn], scores: Mapping[int, TurnScore]
    ) -> dict[str, float]:
        """The features of a call by name."""
        values = call_features(turns, scores)
        return values | ending_features(self.grams, turns) if self.grams else values

    def standardized(self, values: Mapping[str, float]) -> list[float]:
        """Raises ``ModelError`` when the model was fitted on other features than these."""
        if missing := set(self.features) - set(values):
            raise ModelError(
                f"the call model wants the feature {min(missing)!r}, which this version does not "
                "make; train it again with `tasleek train calls`"
            )
        return [
            (values[name] - mean) / scale
            for name, mean, scale in zip(self.features, self.mean, self.scale, strict=True)
        ]

    def probability(self, values: Mapping[str, float]) -> float:
        """The probability in ``[0, 1]`` that an auditor calls the call a brush-off."""
        return 1.0 / (1.0 + math.exp(-_limited(self.brush_off.value(self.standardized(values)))))

    def likely_resolution(self, values: Mapping[str, float]) -> Resolution:
        inputs = self.standardized(values)
        found = [linear.value(inputs) for linear in self.resolution]
        return RESOLUTIONS[found.index(max(found))]

    def points(self, probability: float) -> float:
        """0 to 100, with the threshold at ``BRUSH_OFF_FROM``; to one decimal, never across it."""
        if probability >= self.threshold:
            above = (probability - self.threshold) / (1.0 - self.threshold)
            return round(BRUSH_OFF_FROM * (1.0 + above), 1)
        return min(BRUSH_OFF_FROM - 0.1, round(BRUSH_OFF_FROM * probability / self.threshold, 1))


def judge_call(
    turns: Sequence[ConversationTurn],
    scores: Mapping[int, TurnScore],
    model: CallModel | None = None,
) -> CallVerdict:
    """The verdict on a conversation whose agent turns were scored (``scores`` by turn index).

    ``model`` is the shipped one if not given. Raises ``ModelError`` when that cannot be read.
    """
    if not scores:
        return CallVerdict(False, 0.0, "none", unsure=True, evidence=("no agent turn to judge",))
    model = model or _shipped()
    values = model.inputs(turns, scores)
    probability = model.probability(values)
    brush_off = probability >= model.threshold
    resolution = model.likely_resolution(values)
    open_end = brush_off or resolution in ("deferred", "none")
    return CallVerdict(
        brush_off=brush_off,
        brush_off_score=model.points(probability),
        resolution=resolution,
        unsure=model.unsure[0] <= probability < model.unsure[1],
        evidence=_evidence(scores, call_evidence(turns, scores), open_end),
    )


def read_call_model(path: Path) -> CallModel:
    """Raises ``ModelError`` naming the file when it cannot be used."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        model = CallModel(
            features=tuple(value["features"]),
            mean=tuple(value["mean"]),
            scale=tuple(value["scale"]),
            brush_off=_linear(value["brush_off"]),
            threshold=float(value["threshold"]),
            unsure=(float(value["unsure"][0]), float(value["unsure"][1])),
            resolution=tuple(_linear(part) for part in value["resolution"]),
            grams=read_gram_model(path.with_name(CALL_GRAMS)) if value.get("grams") else None,
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelError(
            f"{path}: no usable call model ({error!r}); install tasleek again or run "
            "`tasleek train calls`"
        ) from error
    if len(model.resolution) != len(RESOLUTIONS) or not 0.0 < model.threshold < 1.0:
        raise ModelError(f"{path}: not a call model of this version; run `tasleek train calls`")
    return model


def write_call_model(model: CallModel, path: Path) -> None:
    """Write ``path`` and, where the model reads words, their weights beside it."""
    value = asdict(replace(model, grams=None)) | {"grams": model.grams is not None}
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    if model.grams:
        write_gram_model(model.grams, path.with_name(CALL_GRAMS))


@lru_cache(maxsize=1)
def _shipped() -> CallModel:
    try:
        return read_call_model(resource_path(CALLS_MODEL))
    except FileNotFoundError as error:
        raise ModelError(str(error)) from error


def _linear(value: Mapping[str, object]) -> Linear:
    weights, intercept = value["weights"], value["intercept"]
    if not isinstance(weights, list) or not isinstance(intercept, float):
        raise ValueError("weights and intercept of a linear function are missing")
    return Linear(tuple(map(float, weights)), intercept)


def _limited(log_odds: float) -> float:
    return min(30.0, max(-30.0, log_odds))


def _evidence(
    scores: Mapping[int, TurnScore], found: CallEvidence, open_end: bool
) -> tuple[str, ...]:
    """Lines for a reader: the turns that weigh, what repairs them, and what is missing."""
    lines = [
        f"turn {i}: {', '.join(scores[i].flagged)} ({scores[i].brush_off:.2f})" for i in found.worst
    ]
    if found.best_after_worst is not None:
        good = found.best_after_worst
        lines.append(f"turn {good}: {', '.join(scores[good].positives)} after the worst turn")
    if found.promise is not None:
        lines.append(f"turn {found.promise}: a commitment of the agent")
    elif open_end and not any("resolution" in scores[i].positives for i in found.end):
        lines.append(
            "the call ends with no outcome, and no promise with a time or an owner was made"
        )
    return tuple(lines)

"""From logits to probabilities and decisions: blending, Platt scaling, thresholds, read from JSON.

All are fitted on the calibration split, which no part of the model saw (Platt, 1999; Guo et al., 2017;
the blend is stacking, Wolpert, 1992).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audit.errors import ModelError
from audit.types import LABELS, POSITIVES, LabelScore, TurnScore

CALIBRATION = "calibration.json"


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the network: probability ``sigmoid(slope * logit + intercept)``, flagged from
    ``threshold`` on."""

    slope: float
    intercept: float
    threshold: float

    def probability(self, logit: float) -> float:
        scaled = self.slope * logit + self.intercept
        # The two forms avoid overflow on either side.
        if scaled >= 0:
            return 1.0 / (1.0 + math.exp(-scaled))
        return math.exp(scaled) / (1.0 + math.exp(scaled))


#: Weights of the encoder's logit and of the n-grams' logit in the blended one, an output each.
Blend = tuple[tuple[float, float], ...]
ENCODER_ALONE: Blend = ((1.0, 0.0),) * (1 + len(LABELS) + len(POSITIVES))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The outputs by name, and the band of brush-off probabilities in which the model is unsure."""

    brush_off: Output
    labels: Mapping[str, Output]
    positives: Mapping[str, Output]
    unsure: tuple[float, float]
    blend: Blend = ENCODER_ALONE

    def score(self, logits: Sequence[float]) -> TurnScore:
        """The score of a turn from its 12 blended logits: brush-off, labels, positives.

        A turn at or above the threshold of brush-off carries the labels that reach theirs, or else
        the one that comes nearest to it; a turn below it carries none.
        """
        brush_off = self.brush_off.probability(logits[0])
        labels = _scores(self.labels, LABELS, logits[1:])
        positives = _scores(self.positives, POSITIVES, logits[1 + len(LABELS) :])
        flagged: tuple[str, ...] = ()
        if brush_off >= self.brush_off.threshold:
            flagged = _reaching(labels, self.labels) or (self._nearest(labels),)
        return TurnScore(
            brush_off=brush_off,
            labels=labels,
            flagged=flagged,
            unsure=self.unsure[0] <= brush_off < self.unsure[1],
            positives=_reaching(positives, self.positives),
            positive_scores=positives,
        )

    def _nearest(self, labels: Sequence[LabelScore]) -> str:
        return max(labels, key=lambda item: item.score / self.labels[item.label].threshold).label


def read_calibration(folder: Path) -> Calibration:
    """``calibration.json`` of a model folder. Raises ``ModelError`` when it cannot be used."""
    path = folder / CALIBRATION
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return Calibration(
            brush_off=Output(**value["brush_off"]),
            labels={name: Output(**value["labels"][name]) for name in LABELS},
            positives={name: Output(**value["positives"][name]) for name in POSITIVES},
            unsure=(float(value["unsure"][0]), float(value["unsure"][1])),
            blend=tuple((float(a), float(b)) for a, b in value.get("blend", ENCODER_ALONE)),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path}: no usable calibration ({error!r}); install tasleek again or train the model anew"
        ) from error


def write_calibration(calibration: Calibration, folder: Path) -> None:
    value: dict[str, Any] = {
        "brush_off": asdict(calibration.brush_off),
        "unsure": list(calibration.unsure),
        "blend": [list(weights) for weights in calibration.blend],
        "labels": {name: asdict(output) for name, output in calibration.labels.items()},
        "positives": {name: asdict(output) for name, output in calibration.positives.items()},
    }
    (folder / CALIBRATION).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _scores(
    outputs: Mapping[str, Output], names: Sequence[str], logits: Sequence[float]
) -> tuple[LabelScore, ...]:
    return tuple(
        LabelScore(name, outputs[name].probability(logit))
        for name, logit in zip(names, logits, strict=False)
    )


def _reaching(scores: Sequence[LabelScore], outputs: Mapping[str, Output]) -> tuple[str, ...]:
    return tuple(s.label for s in scores if s.score >= outputs[s.label].threshold)

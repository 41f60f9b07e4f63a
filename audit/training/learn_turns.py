"""What reviews change in a turn model: a correction of its heads, n-grams and calibration."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audit.language.calibration import Calibration
from audit.language.grams import GramModel
from audit.training.corpus import AnnotatedTurn
from audit.training.model_parts import ModelParts, Seen, calibrated_alone
from audit.training.reviewed import ReviewedCall, folds_of
from audit.training.shift import Shift, choose_strength, cross_fitted, fit_shift, safe_dose
from audit.training.train_turns import targets
from audit.types import LABELS, TurnScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Outputs that people judge, in the order of the model's.
JUDGED = ("brush_off", *LABELS)
#: An output of which fewer turns of either kind were judged stays as it is.
FEWEST_OF_KIND = 8
FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """How the model's inputs enter a correction: the encoder's vectors about ``center``, the n-grams of
    ``columns``, each block scaled to the same typical length."""

    center: Floats
    vector_scale: float
    columns: NDArray[np.int64]
    gram_scale: float

    def inputs(self, seen: Seen, share: tuple[float, float]) -> Any:
        """Inputs ``(n, width + columns)`` of an output; a part that its blend does not count is 0."""
        from scipy.sparse import csr_matrix, hstack

        vectors = (seen.vectors - self.center) / self.vector_scale
        parts = [csr_matrix(vectors * (share[0] > 0.0))]
        if seen.grams is not None:
            parts.append(seen.grams[:, self.columns] * (float(share[1] > 0.0) / self.gram_scale))
        return hstack(parts, format="csr")


@dataclass(frozen=True, slots=True, eq=False)
class LearnedTurns:
    """``shifts`` by output (a name of ``JUDGED``); ``scores`` are those of every agent turn of the
    learned calls by corrections that did not see the call, by call and place."""

    blocks: Blocks
    shifts: Mapping[str, Shift]
    scores: Mapping[str, Mapping[int, TurnScore]]

    def log_odds(self, parts: ModelParts, seen: Seen) -> Floats:
        """The corrected log-odds ``(n, 12)`` of turns that ``parts`` has seen."""
        found = seen.log_odds.copy()
        for place, name in enumerate(JUDGED):
            if shift := self.shifts.get(name):
                inputs = self.blocks.inputs(seen, parts.calibration.blend[place])
                found[:, place] = shift.corrected(found[:, place], inputs)
        return found


def learn_turns(
    parts: ModelParts,
    calls: Sequence[ReviewedCall],
    anchor: Sequence[AnnotatedTurn],
    report: Callable[[str], None] = lambda line: None,
) -> LearnedTurns:
    """The corrections that the judged turns of ``calls`` ask for, each as strong as proves itself and
    as loses nothing on the turns of ``anchor``."""
    import numpy as np

    turns = [turn for call in calls for turn in call.scored]
    fold_of_call = folds_of(calls, FOLDS)
    folds = np.array(
        [fold for call, fold in zip(calls, fold_of_call, strict=True) for _ in call.scored]
    )
    seen = parts.see([turn.input for turn in turns])
    blocks = _blocks(seen)
    anchored = parts.see([turn.input for turn in anchor])
    anchor_truth = targets(anchor).numpy() > 0.5
    unseen = seen.log_odds.copy()
    shifts: dict[str, Shift] = {}
    for place, name in enumerate(JUDGED):
        known = np.array([turn.truth[place] is not None for turn in turns])
        truth = np.array([bool(turn.truth[place]) for turn in turns])
        kinds = truth[known].sum(), (~truth[known]).sum()
        if min(kinds) < FEWEST_OF_KIND:
            report(f"{name}: {kinds[0]} turns with it, {kinds[1]} without: too few, stays as it is")
            continue
        old = seen.log_odds[:, place]
        inputs = blocks.inputs(seen, parts.calibration.blend[place])
        strength = choose_strength(old[known], inputs[known], truth[known], folds[known])
        dose = 0.0
        if strength:
            shift = fit_shift(old[known], inputs[known], truth[known], strength)
            dose = safe_dose(
                shift,
                anchored.log_odds[:, place],
                blocks.inputs(anchored, parts.calibration.blend[place]),
                anchor_truth[:, place],
                log_odds_of(parts.outputs[place].threshold),
            )
            shifts[name] = shift.scaled(dose)
            full = cross_fitted(old, inputs, truth, known, folds, strength)
            unseen[:, place] = old + dose * (full - old)
        report(
            f"{name}: {kinds[0]} turns with it, {kinds[1]} without, strength {strength:g}, "
            f"dose {dose:g}"
        )
    return LearnedTurns(blocks, shifts, _scores(parts.calibration, calls, unseen))


def corrected_weights(
    parts: ModelParts, learned: LearnedTurns
) -> tuple[dict[str, Any], GramModel | None, Calibration]:
    """The tensors, n-grams and calibration of ``parts`` with the corrections in them.

    A correction of calibrated log-odds is divided by the slope and the blend that stand between.
    """
    import numpy as np

    heads = parts.heads.copy()
    grams = parts.grams and GramModel(
        parts.grams.weights.astype(np.float32), parts.grams.idf, parts.grams.bias
    )
    outputs = dict(zip(JUDGED, parts.outputs, strict=False))
    blocks, width = learned.blocks, len(learned.blocks.center)
    for place, name in enumerate(JUDGED):
        shift = learned.shifts.get(name)
        if shift is None:
            continue
        of_vectors = shift.weights[:width] / blocks.vector_scale
        slope = outputs[name].slope * shift.slope
        intercept = outputs[name].intercept * shift.slope + shift.intercept
        outputs[name] = replace(
            outputs[name], slope=slope, intercept=float(intercept - of_vectors @ blocks.center)
        )
        of_encoder, of_grams = parts.calibration.blend[place]
        if of_encoder > 0.0:
            heads[place] += (of_vectors / (slope * of_encoder)).astype(np.float32)
        if grams is not None and of_grams > 0.0:
            change = shift.weights[width:] / blocks.gram_scale
            grams.weights[blocks.columns, place] += change / (slope * of_grams)
    tensors = dict(parts.weights)
    tensors["heads.weight"] = heads.astype(parts.weights["heads.weight"].dtype)
    calibration = replace(
        parts.calibration,
        brush_off=outputs["brush_off"],
        labels={name: outputs[name] for name in LABELS},
    )
    return tensors, grams, calibration


def _blocks(seen: Seen) -> Blocks:
    import numpy as np

    center = seen.vectors.mean(0)
    length = float(np.sqrt(((seen.vectors - center) ** 2).sum(1).mean())) or 1.0
    if seen.grams is None:
        return Blocks(center, length, np.zeros(0, np.int64), 1.0)
    columns = np.unique(seen.grams.indices[seen.grams.data != 0.0]).astype(np.int64)
    squares = seen.grams.multiply(seen.grams).sum() / seen.grams.shape[0]
    return Blocks(center, length, columns, float(np.sqrt(squares)) or 1.0)


def log_odds_of(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _scores(
    calibration: Calibration, calls: Sequence[ReviewedCall], log_odds: Floats
) -> dict[str, dict[int, TurnScore]]:
    decide = calibrated_alone(calibration)
    rows = iter(log_odds.tolist())
    return {
        call.call_id: {turn.place: decide.score(next(rows)) for turn in call.scored}
        for call in calls
    }

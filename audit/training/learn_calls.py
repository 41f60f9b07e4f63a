"""What reviews change in the verdict on calls: a correction of its regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audit.language.conversation import ConversationTurn
from audit.language.verdict import CallModel, Linear
from audit.training.learn_turns import FEWEST_OF_KIND, FOLDS, LearnedTurns, log_odds_of
from audit.training.reviewed import ReviewedCall, folds_of
from audit.training.shift import choose_strength, fit_shift, safe_dose
from audit.training.train_calls import ScoredCall
from audit.types import TurnScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def learn_calls(
    model: CallModel,
    calls: Sequence[ReviewedCall],
    turns: LearnedTurns,
    anchor: Sequence[ScoredCall],
    report: Callable[[str], None] = lambda line: None,
) -> CallModel:
    """``model`` with the correction that the judged calls ask for; its threshold and resolutions stay.

    The calls are read with turn scores that did not learn from them; on the calls of ``anchor``, which
    come with the corrected turn scores, nothing may be lost.
    """
    import numpy as np

    judged = [call for call in calls if call.brush_off is not None and turns.scores[call.call_id]]
    truth = np.array([bool(call.brush_off) for call in judged])
    bad, proper = int(truth.sum()), int((~truth).sum())
    if min(bad, proper) < FEWEST_OF_KIND:
        report(f"calls: {bad} brush-offs, {proper} proper: too few, the verdict stays as it is")
        return model
    inputs = _inputs(model, [(call.turns, turns.scores[call.call_id]) for call in judged])
    old = _values(model, inputs)
    strength = choose_strength(old, inputs, truth, np.array(folds_of(judged, FOLDS)))
    shift = fit_shift(old, inputs, truth, strength)
    others = _inputs(model, [(scored.call.turns, scored.scores) for scored in anchor])
    dose = safe_dose(
        shift,
        _values(model, others),
        others,
        np.array([scored.call.brush_off for scored in anchor]),
        log_odds_of(model.threshold),
    )
    report(f"calls: {bad} brush-offs, {proper} proper, strength {strength:g}, dose {dose:g}")
    shift = shift.scaled(dose)
    weights = shift.slope * np.array(model.brush_off.weights) + shift.weights
    intercept = shift.slope * model.brush_off.intercept + shift.intercept
    return replace(
        model,
        brush_off=Linear(tuple(round(float(w), 6) for w in weights), round(intercept, 6)),
    )


def _inputs(
    model: CallModel,
    calls: Sequence[tuple[Sequence[ConversationTurn], Mapping[int, TurnScore]]],
) -> Floats:
    """Standardized features ``(calls, features)``."""
    import numpy as np

    return np.array([model.standardized(model.inputs(turns, scores)) for turns, scores in calls])


def _values(model: CallModel, inputs: Floats) -> Floats:
    import numpy as np

    return np.array([model.brush_off.value(row) for row in inputs.tolist()])

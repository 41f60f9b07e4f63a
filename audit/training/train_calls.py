"""Fitting of the call verdict on turn scores of networks that never saw the calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.errors import ModelError
from audit.language.calibration import Calibration, read_calibration
from audit.language.call_features import call_features
from audit.language.call_grams import call_fields, named_endings
from audit.language.grams import GramModel
from audit.language.verdict import CallModel, Linear, write_call_model
from audit.training.corpus import AnnotatedCall, Corpus
from audit.training.cross_fitted import CROSS_FITTED, read_call_logits
from audit.training.operating_points import best_f1_threshold, unsure_band
from audit.training.train_grams import fit_gram_model
from audit.types import RESOLUTIONS, TurnScore

CALLS_FILE = "calls.json"
#: Inverse strengths of the L2 penalty, chosen by cross-validation on the training calls.
BRUSH_OFF_PENALTY, RESOLUTION_PENALTY = 0.02, 0.02


#: The train calls are cut into so many parts, each read by n-grams learned on the others.
FOLDS = 5


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """A call with the scores of its agent turns, by turn index."""

    call: AnnotatedCall
    scores: Mapping[int, TurnScore]


def fit_call_model(train: Sequence[ScoredCall], calibration: Sequence[ScoredCall]) -> CallModel:
    """The call model of the ``train`` calls; threshold and unsure band from ``calibration``."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    calls = [scored.call for scored in train]
    rows = [
        call_features(scored.call.turns, scored.scores) | endings
        for scored, endings in zip(train, cross_fitted_endings(calls), strict=True)
    ]
    names = tuple(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    mean, scale = values.mean(0), values.std(0)
    scale[scale == 0.0] = 1.0
    inputs = (values - mean) / scale
    brush_off = LogisticRegression(C=BRUSH_OFF_PENALTY, max_iter=2000).fit(
        inputs, [call.brush_off for call in calls]
    )
    resolution = LogisticRegression(
        C=RESOLUTION_PENALTY, max_iter=2000, class_weight="balanced"
    ).fit(inputs, [RESOLUTIONS.index(call.resolution) for call in calls])
    model = CallModel(
        features=names,
        mean=_floats(mean),
        scale=_floats(scale),
        brush_off=Linear(_floats(brush_off.coef_[0]), float(brush_off.intercept_[0])),
        threshold=0.5,
        unsure=(0.5, 0.5),
        resolution=tuple(
            Linear(_floats(weights), float(intercept))
            for weights, intercept in zip(resolution.coef_, resolution.intercept_, strict=True)
        ),
        grams=_fit_endings(calls),
    )
    return _with_threshold(model, calibration)


def cross_fitted_endings(calls: Sequence[AnnotatedCall]) -> list[dict[str, float]]:
    """What the words of each call's ending say, by a model of the other folds' calls."""
    found: list[dict[str, float]] = [{} for _ in calls]
    for fold in range(FOLDS):
        held_out = range(fold, len(calls), FOLDS)
        rest = [call for place, call in enumerate(calls) if place % FOLDS != fold]
        logits = _fit_endings(rest).logits([call_fields(calls[i].turns) for i in held_out])
        for place, row in zip(held_out, logits.tolist(), strict=True):
            found[place] = named_endings(row)
    return found


def _fit_endings(calls: Sequence[AnnotatedCall]) -> GramModel:
    import numpy as np

    truth = np.array(
        [[call.resolution == r for r in RESOLUTIONS] + [call.brush_off] for call in calls]
    )
    return fit_gram_model([call_fields(call.turns) for call in calls], truth)


def _with_threshold(model: CallModel, calibration: Sequence[ScoredCall]) -> CallModel:
    found = [
        model.probability(model.inputs(scored.call.turns, scored.scores)) for scored in calibration
    ]
    truth = [scored.call.brush_off for scored in calibration]
    threshold = best_f1_threshold(truth, found)
    return replace(model, threshold=threshold, unsure=unsure_band(truth, found, threshold))


def _score(calibration: Calibration, row: Sequence[float]) -> TurnScore:
    """The score of a turn from its 24 logits: the encoder's twelve, the n-grams' twelve."""
    outputs = len(calibration.blend)
    encoder, grams = row[:outputs], row[outputs:]
    return calibration.score(
        [a * e + b * g for (a, b), e, g in zip(calibration.blend, encoder, grams, strict=True)]
    )


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def train_call_model(corpus: Corpus, folder: Path) -> None:
    """Fit the verdict for the turn model in ``folder`` and write ``calls.json`` there.

    The train calls come with the scores of networks that did not see them, the calibration calls,
    which no network saw, with those of the model itself. Raises ``ModelError`` when the folder has no
    cross-fitted scores, or lacks those of a call.
    """
    from audit.language.transformer import TransformerClassifier
    from audit.training.evaluate_calls import score_calls

    calibration = read_calibration(folder)
    logits = read_call_logits(folder / CROSS_FITTED)
    train = corpus.calls_of("train")
    if missing := [call.id for call in train if call.id not in logits]:
        raise ModelError(
            f"{folder / CROSS_FITTED}: no scores of {len(missing)} train calls ({missing[0]}); "
            "the corpus has changed or there was one fold: run `tasleek train turns` again"
        )
    scored = [
        ScoredCall(call, {i: _score(calibration, row) for i, row in logits[call.id].items()})
        for call in train
    ]
    held_out = score_calls(TransformerClassifier(folder), corpus.calls_of("calibration"))
    write_call_model(fit_call_model(scored, held_out), folder / CALLS_FILE)

"""Platt scaling, thresholds and the unsure band, fitted on the calibration split."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.calibration import ENCODER_ALONE, Blend, Calibration, Output
from audit.types import LABELS, POSITIVES

#: Labels are not flagged below this precision on the calibration split, where it can be reached.
LABEL_PRECISION = 0.6
#: Outside the unsure band, decisions on the calibration split are right this often.
SURE_ACCURACY = 0.8
#: Thresholds are looked for between these, so that one odd example does not move them to an end.
_LOWEST, _HIGHEST = 0.15, 0.85


def fit_blend(
    truth: Sequence[Sequence[float]],
    encoder: Sequence[Sequence[float]],
    grams: Sequence[Sequence[float]],
) -> Blend:
    """Weights of both logits by logistic regression, an output each; all are ``(turns, 12)``.

    A part that would count against itself gets no weight.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    weights = []
    for place, column in enumerate(np.array(truth).T > 0.5):
        parts = np.stack([np.array(encoder)[:, place], np.array(grams)[:, place]], axis=1)
        if column.all() or not column.any():
            weights.append((1.0, 0.0))
            continue
        found = LogisticRegression(C=1.0).fit(parts, column).coef_[0].clip(min=0.0)
        weights.append((round(float(found[0]), 4), round(float(found[1]), 4)))
    return tuple(weights)


def fit_calibration(
    truth: Sequence[Sequence[float]],
    logits: Sequence[Sequence[float]],
    blend: Blend = ENCODER_ALONE,
) -> Calibration:
    """``truth`` and (blended) ``logits`` are ``(turns, 12)`` of the calibration split."""
    columns = [
        fit_output([bool(row[place]) for row in truth], [row[place] for row in logits])
        for place in range(1 + len(LABELS) + len(POSITIVES))
    ]
    head = columns[0]
    return Calibration(
        brush_off=head,
        labels=dict(zip(LABELS, columns[1:], strict=False)),
        positives=dict(zip(POSITIVES, columns[1 + len(LABELS) :], strict=True)),
        unsure=unsure_band(
            [bool(row[0]) for row in truth],
            [head.probability(row[0]) for row in logits],
            head.threshold,
        ),
        blend=blend,
    )


def fit_output(truth: Sequence[bool], logits: Sequence[float]) -> Output:
    """Platt scaling of one output, and its threshold of best F1 at ``LABEL_PRECISION`` or better.

    An output that the calibration split shows in one kind only is left as the network gives it.
    """
    if len(set(truth)) < 2:
        return Output(1.0, 0.0, 0.5)
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    platt = LogisticRegression(C=10.0).fit(np.array(logits)[:, None], truth)
    scaled = Output(round(float(platt.coef_[0][0]), 5), round(float(platt.intercept_[0]), 5), 0.5)
    found = [scaled.probability(logit) for logit in logits]
    threshold = best_f1_threshold(truth, found, LABEL_PRECISION)
    return Output(scaled.slope, scaled.intercept, threshold)


def best_f1_threshold(
    truth: Sequence[bool], found: Sequence[float], precision: float = 0.0
) -> float:
    """The threshold of best F1 among those that reach ``precision`` (of all, if none does).

    F1 is averaged over neighbouring thresholds: on a few hundred examples the single best is chance.
    """
    import numpy as np

    grid = np.arange(_LOWEST, _HIGHEST + 1e-9, 0.01)
    points = [_precision_f1(truth, found, float(at)) for at in grid]
    smooth = np.convolve([f1 for _, f1 in points], np.ones(9) / 9, mode="same")
    smooth[:4], smooth[-4:] = 0.0, 0.0
    allowed = [i for i, (p, _) in enumerate(points) if p >= precision and 4 <= i < len(grid) - 4]
    best = max(allowed or range(4, len(grid) - 4), key=lambda i: smooth[i])
    return round(float(grid[best]), 2)


def unsure_band(
    truth: Sequence[bool], found: Sequence[float], threshold: float
) -> tuple[float, float]:
    """Around the threshold, where of every 40 neighbouring examples too few are decided right."""
    order = sorted(range(len(found)), key=lambda i: found[i])
    right = [(found[i] >= threshold) == truth[i] for i in order]
    window = min(40, max(5, len(order) // 5))
    low = high = threshold
    for start in range(len(order) - window + 1):
        if sum(right[start : start + window]) < SURE_ACCURACY * window:
            low = min(low, found[order[start]])
            high = max(high, found[order[start + window - 1]])
    # However noisy the estimate, the band stays near the border.
    return round(max(low, threshold - 0.3), 3), round(min(high, threshold + 0.3), 3)


def _precision_f1(
    truth: Sequence[bool], found: Sequence[float], threshold: float
) -> tuple[float, float]:
    hits = sum(t and f >= threshold for t, f in zip(truth, found, strict=True))
    flagged = sum(f >= threshold for f in found)
    real = sum(truth)
    return hits / flagged if flagged else 0.0, 2 * hits / (
        flagged + real
    ) if flagged + real else 0.0

"""Learning a correction to a model's log-odds, with the model itself as the prior.

The corrected log-odds are ``m * z + b + w . x``: ``z`` are the old ones, ``x`` the inputs of the old
model. The prior holds ``m`` at 1 and ``b``, ``w`` at 0, so that without examples nothing changes, and a
few examples change little: logistic regression with its penalty centred on the old weights (the biased
regularization of Schölkopf, Herbrich & Smola, 2001, and Chelba & Acero, 2004, "Adaptation of maximum
entropy classifier"). Nothing that the old model knows has to be learned again, so that its training data
need not be at hand, and it is not forgotten where the examples say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.training.metrics import f1, roc_auc

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: By how many log-odds a typical example may move, one standard deviation of the prior; 0: not at all.
STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0)
#: What a correction may lose on the old data, of ROC-AUC and of F1.
ALLOWED_LOSS = 0.005
#: Parts of a correction that are tried where the whole of it would lose more.
DOSES = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1)
#: The prior's standard deviation of ``m`` beside its value 1, for each unit of strength.
_SLOPE_PER_STRENGTH = 0.25
_LEAST_SLOPE = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Shift:
    """A correction: ``slope`` is ``m``, ``intercept`` is ``b``, ``weights`` ``(inputs,)`` is ``w``."""

    strength: float
    slope: float
    intercept: float
    weights: Floats

    def corrected(self, old: Floats, inputs: Any) -> Floats:
        """Log-odds of examples: ``old`` ``(n,)``, ``inputs`` ``(n, inputs)``, dense or sparse."""
        found: Floats = self.slope * old + self.intercept + inputs @ self.weights
        return found

    def scaled(self, dose: float) -> Shift:
        """A part of this correction: it moves everything by ``dose`` times as much."""
        return Shift(
            self.strength,
            1.0 + dose * (self.slope - 1.0),
            dose * self.intercept,
            dose * self.weights,
        )


def no_shift(inputs: int) -> Shift:
    import numpy as np

    return Shift(0.0, 1.0, 0.0, np.zeros(inputs))


def fit_shift(old: Floats, inputs: Any, truth: NDArray[np.bool_], strength: float) -> Shift:
    """The most probable correction (MAP) for ``truth`` ``(n,)`` under a prior of ``strength``."""
    import numpy as np
    from scipy.optimize import minimize

    if strength == 0.0:
        return no_shift(inputs.shape[1])
    # One unit of every weight moves a typical example by `strength` log-odds.
    scale = strength / _typical_length(inputs)
    signs = np.where(truth, 1.0, -1.0)

    def loss(free: Floats) -> tuple[float, Floats]:
        slope = 1.0 + _SLOPE_PER_STRENGTH * strength * free[0]
        found = slope * old + strength * free[1] + scale * (inputs @ free[2:])
        margin = signs * found
        pull = -signs / (1.0 + np.exp(np.clip(margin, -40.0, 40.0)))
        gradient = free.copy()
        gradient[0] += _SLOPE_PER_STRENGTH * strength * float(pull @ old)
        gradient[1] += strength * float(pull.sum())
        gradient[2:] += scale * (inputs.T @ pull)
        value = np.logaddexp(0.0, -margin).sum() + 0.5 * free @ free
        return float(value), gradient

    found = minimize(loss, np.zeros(2 + inputs.shape[1]), jac=True, method="L-BFGS-B")
    return Shift(
        strength,
        max(_LEAST_SLOPE, 1.0 + _SLOPE_PER_STRENGTH * strength * float(found.x[0])),
        strength * float(found.x[1]),
        scale * found.x[2:],
    )


def choose_strength(
    old: Floats, inputs: Any, truth: NDArray[np.bool_], folds: NDArray[np.int64]
) -> float:
    """The smallest strength whose corrections predict what they have not seen about as well as the best.

    About as well is within one standard error of the difference (Breiman et al., 1984, the one-SE rule):
    few examples let chance pick a strong correction. 0 is one of the choices. ``folds`` ``(n,)`` say
    which examples are left out together.
    """
    import numpy as np

    everywhere = np.ones(len(truth), bool)
    losses = [
        log_losses(truth, cross_fitted(old, inputs, truth, everywhere, folds, strength))
        for strength in STRENGTHS
    ]
    best = min(losses, key=lambda loss: float(loss.mean()))

    def close(loss: Floats) -> bool:
        behind = loss - best
        return bool(behind.mean() <= behind.std() / np.sqrt(len(behind)))

    return next(strength for strength, loss in zip(STRENGTHS, losses, strict=True) if close(loss))


def cross_fitted(
    old: Floats,
    inputs: Any,
    truth: NDArray[np.bool_],
    known: NDArray[np.bool_],
    folds: NDArray[np.int64],
    strength: float,
) -> Floats:
    """Log-odds ``(n,)`` of all by corrections learned from the ``known`` examples of other folds."""
    import numpy as np

    unseen = np.zeros(len(old))
    for fold in np.unique(folds):
        out = folds == fold
        learn = known & ~out
        shift = fit_shift(old[learn], inputs[learn], truth[learn], strength)
        unseen[out] = shift.corrected(old[out], inputs[out])
    return unseen


def safe_dose(
    shift: Shift, old: Floats, inputs: Any, truth: NDArray[np.bool_], threshold: float
) -> float:
    """The largest of ``DOSES`` of a correction that loses next to nothing on other examples.

    Neither the area under the ROC curve nor F1 (at ``threshold``, log-odds) may fall there by more than
    ``ALLOWED_LOSS``. Examples of one kind alone say nothing, and allow all.
    """
    if truth.all() or not truth.any():
        return 1.0
    kinds = truth.tolist()

    def figures(log_odds: Floats) -> tuple[float, float]:
        rows = range(len(kinds))
        flagged = (log_odds >= threshold).tolist()
        return roc_auc(kinds, log_odds.tolist())(rows), f1(kinds, flagged)(rows)

    before = figures(old)
    full = shift.corrected(old, inputs)
    for dose in DOSES:
        after = figures(old + dose * (full - old))
        if all(b <= a + ALLOWED_LOSS for b, a in zip(before, after, strict=True)):
            return dose
    return 0.0


def log_losses(truth: NDArray[np.bool_], log_odds: Floats) -> Floats:
    """The negative log-likelihood of each example, in nats."""
    import numpy as np

    found: Floats = np.logaddexp(0.0, np.where(truth, -1.0, 1.0) * log_odds)
    return found


def _typical_length(inputs: Any) -> float:
    """Root mean square of the lengths of the rows; 1 where all are empty."""
    import numpy as np

    squared = inputs.multiply(inputs) if hasattr(inputs, "multiply") else inputs * inputs
    return float(np.sqrt(squared.sum() / max(1, inputs.shape[0]))) or 1.0

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from audit.training.shift import (
    STRENGTHS,
    choose_strength,
    cross_fitted,
    fit_shift,
    log_losses,
    no_shift,
)


@pytest.fixture
def examples():
    """Old log-odds that miss one input entirely: what applies depends on it, and on the old ones."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(240, 6))
    old = rng.normal(size=240)
    truth = rng.random(240) < 1 / (1 + np.exp(-(old + 2.5 * inputs[:, 2])))
    return old, inputs, truth, np.arange(240) % 5


def test_without_strength_nothing_changes(examples):
    old, inputs, truth, _ = examples
    assert (fit_shift(old, inputs, truth, 0.0).corrected(old, inputs) == old).all()
    assert (no_shift(6).corrected(old, inputs) == old).all()


def test_it_finds_what_the_old_model_misses(examples):
    old, inputs, truth, folds = examples
    strength = choose_strength(old, inputs, truth, folds)
    assert strength > 0
    everything = np.ones(240, bool)
    unseen = cross_fitted(old, inputs, truth, everything, folds, strength)
    assert log_losses(truth, unseen).mean() < log_losses(truth, old).mean() - 0.1
    assert np.abs(fit_shift(old, inputs, truth, strength).weights).argmax() == 2


def test_noise_is_not_learned():
    rng = np.random.default_rng(4)
    old = rng.normal(size=60) * 2
    truth = rng.random(60) < 1 / (1 + np.exp(-old))
    inputs = rng.normal(size=(60, 300))
    strength = choose_strength(old, inputs, truth, np.arange(60) % 5)
    assert strength == 0.0


def test_a_model_that_is_too_sure_is_tamed():
    rng = np.random.default_rng(5)
    real = rng.normal(size=400)
    truth = rng.random(400) < 1 / (1 + np.exp(-(real - 1.0)))
    shift = fit_shift(3 * real, np.zeros((400, 1)), truth, 2.0)
    assert shift.slope < 0.7
    assert shift.intercept < -0.5


def test_sparse_and_dense_inputs_are_the_same(examples):
    old, inputs, truth, _ = examples
    dense = fit_shift(old, inputs, truth, 1.0)
    sparse = fit_shift(old, csr_matrix(inputs), truth, 1.0)
    np.testing.assert_allclose(dense.weights, sparse.weights, atol=1e-4)


def test_it_is_the_minimum_of_the_penalized_loss(examples):
    old, inputs, truth, _ = examples
    shift = fit_shift(old, inputs, truth, 1.0)
    scale = 1.0 / np.sqrt((inputs**2).sum(1).mean())

    def loss(weights, intercept, slope):
        found = slope * old + intercept + inputs @ weights
        free = np.concatenate([[(slope - 1) / 0.25, intercept], weights / scale])
        return np.logaddexp(0, np.where(truth, -1, 1) * found).sum() + 0.5 * free @ free

    best = loss(shift.weights, shift.intercept, shift.slope)
    rng = np.random.default_rng(6)
    for _ in range(20):
        nearby = shift.weights + rng.normal(size=6) * 0.02
        assert loss(nearby, shift.intercept, shift.slope) > best - 1e-4
    assert loss(shift.weights, shift.intercept + 0.1, shift.slope) > best
    assert loss(shift.weights, shift.intercept, shift.slope - 0.1) > best


def test_no_correction_is_among_the_choices():
    assert 0.0 in STRENGTHS

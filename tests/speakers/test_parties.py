from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from audit.speech.diarizers.parties import label_voices


def voices(*sizes: int, spread: float = 0.3, seed: int = 0) -> NDArray[np.float64]:
    """Embeddings of orthogonal voices, each with noise of ``spread`` of its length."""
    chance = np.random.default_rng(seed)
    centres = np.eye(192)[: len(sizes)]
    noise = chance.standard_normal((sum(sizes), 192)) * spread / np.sqrt(192)
    return np.repeat(centres, sizes, axis=0) + noise


@pytest.mark.parametrize("sizes", [(20,), (20, 20), (40, 3), (20, 15, 6), (2, 2), (1,), (0,)])
def test_the_number_of_voices_is_found(sizes: tuple[int, ...]) -> None:
    labels = label_voices(voices(*sizes))
    truth = np.repeat(np.arange(len(sizes)), sizes)
    assert len(labels) == sum(sizes)
    assert len({(a, b) for a, b in zip(labels, truth, strict=True)}) == len(set(truth.tolist()))
    assert len(set(labels.tolist())) == len(set(truth.tolist()))


def test_one_odd_window_is_no_third_voice() -> None:
    labels = label_voices(voices(20, 20, 1))
    assert len(set(labels.tolist())) == 2


def test_bounds_are_kept() -> None:
    assert set(label_voices(voices(20, 20), most=1)) == {0}
    assert len(set(label_voices(voices(20), fewest=2))) == 2


@given(st.integers(0, 30), st.integers(1, 5), st.integers(0, 1000))
def test_labels_are_consecutive_from_zero(count: int, most: int, seed: int) -> None:
    noise = np.random.default_rng(seed).standard_normal((count, 8))
    labels = set(label_voices(noise, most=most).tolist())
    assert labels == set(range(len(labels)))
    assert len(labels) <= most

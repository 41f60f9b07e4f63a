from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.speech import vad
from audit.speech.vad import (
    FRAME_MS,
    FRAME_SAMPLES,
    VadOptions,
    detect_speech,
    speech_probabilities,
    speech_segments,
)
from audit.types import Segment


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, dtype=np.float32),
        np.zeros(7, dtype=np.float32),
        np.zeros(16_000 * 5, dtype=np.float32),
        np.full(16_000, np.nan, dtype=np.float32),
        np.random.default_rng(0).normal(0, 0.1, 16_000 * 10).astype(np.float32),
    ],
    ids=["empty", "less than a frame", "silence", "not a number", "white noise"],
)
def test_no_speech(samples: np.ndarray) -> None:
    assert detect_speech(samples) == ()


def test_a_probability_for_each_frame_begun() -> None:
    assert speech_probabilities(np.zeros(FRAME_SAMPLES + 1, dtype=np.float32)).shape == (2,)


def test_blocks_give_what_one_run_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    t = np.arange(16_000 * 4) / 16_000
    buzz = (np.sin(2 * np.pi * 150 * t) ** 9 * np.sin(2 * np.pi * 3 * t)).astype(np.float32) * 0.5
    whole = speech_probabilities(buzz)
    monkeypatch.setattr("audit.speech.vad._BLOCK_FRAMES", 7)
    np.testing.assert_allclose(speech_probabilities(buzz), whole, atol=1e-4)


@pytest.fixture
def heard_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames each run of the network was given."""
    counts: list[int] = []
    session = vad._session()

    class Counting:
        def run(self, names: object, inputs: dict[str, np.ndarray]) -> object:
            counts.append(len(inputs["input"]))
            return session.run(names, inputs)

    monkeypatch.setattr(vad, "_session", Counting)
    return counts


def buzz_between_noise(noise: float, seconds: int = 60) -> np.ndarray:
    """A voice-like buzz of 4 s after ``seconds`` of line noise, and the noise again."""
    t = np.arange(16_000 * 4) / 16_000
    buzz = np.sin(2 * np.pi * 150 * t) ** 9 * np.sin(2 * np.pi * 3 * t) * 0.5
    still = np.random.default_rng(1).normal(0, noise, (2, 16_000 * seconds))
    return np.concatenate([still[0], buzz, still[1]]).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.0004, 0.002])
def test_time_goes_to_sound_not_to_silence(heard_frames: list[int], noise: float) -> None:
    samples = buzz_between_noise(noise)
    probabilities = speech_probabilities(samples)
    assert len(probabilities) == -(-len(samples) // FRAME_SAMPLES)
    assert 4000 // FRAME_MS <= sum(heard_frames) <= 6000 // FRAME_MS
    assert probabilities[: 59_000 // FRAME_MS].max() == 0


def test_a_track_without_pauses_is_heard_whole(heard_frames: list[int]) -> None:
    samples = np.random.default_rng(2).normal(0, 0.1, 16_000 * 30).astype(np.float32)
    samples[:16_000] *= 3
    assert len(speech_probabilities(samples)) == sum(heard_frames)


def test_sound_beside_samples_that_are_no_numbers_is_heard(heard_frames: list[int]) -> None:
    samples = buzz_between_noise(0.0004)
    samples[16_000 * 10] = np.nan
    speech_probabilities(samples)
    assert sum(heard_frames) >= 5000 // FRAME_MS


@given(st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=8))
def test_every_sounding_frame_lies_in_one_range(stretches: list[tuple[int, bool]]) -> None:
    loud = np.array([sounds for count, sounds in stretches for _ in range(count)], dtype=bool)
    frames = np.where(loud[:, None], 0.1, 0.0001) * np.ones((1, FRAME_SAMPLES))
    ranges = vad._sounding(frames.astype(np.float32))
    inside = np.zeros(len(loud), dtype=int)
    for first, last in ranges:
        assert 0 <= first < last <= len(loud)
        inside[first:last] += 1
    assert inside.max(initial=0) <= 1
    assert inside[loud].min(initial=1) == 1


def test_two_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        speech_probabilities(np.zeros((2, 100), dtype=np.float32))


def test_pause_rules() -> None:
    spoken = [0.9] * 10
    frames = np.array([0.0] * 10 + spoken + [0.0] * 5 + spoken + [0.0] * 20 + [0.9], np.float32)
    options = VadOptions(min_speech_ms=64, min_silence_ms=300, pad_ms=0)
    found = speech_segments(frames, len(frames) * FRAME_MS, options)
    assert found == (Segment(10 * FRAME_MS, 35 * FRAME_MS),), "short pause bridged, blip dropped"


def test_hysteresis_keeps_a_weak_syllable() -> None:
    frames = np.array([0.6, 0.4, 0.4, 0.6, 0.1], np.float32)
    options = VadOptions(threshold=0.5, min_speech_ms=0, min_silence_ms=0, pad_ms=0)
    assert speech_segments(frames, 160, options) == (Segment(0, 128),)


@given(
    st.lists(st.floats(0, 1, width=32), max_size=200),
    st.builds(
        VadOptions,
        threshold=st.floats(0.05, 0.95),
        min_speech_ms=st.integers(0, 300),
        min_silence_ms=st.integers(0, 600),
        pad_ms=st.integers(0, 400),
    ),
)
def test_segments_are_ordered_disjoint_and_inside(frames: list[float], options: VadOptions) -> None:
    duration_ms = max(0, len(frames) * FRAME_MS - 5)
    found = speech_segments(np.array(frames, np.float32), duration_ms, options)
    edges = [edge for s in found for edge in (s.start_ms, s.end_ms)]
    assert edges == sorted(edges)
    assert all(s.duration_ms > 0 for s in found)
    assert not edges or (edges[0] >= 0 and edges[-1] <= duration_ms)

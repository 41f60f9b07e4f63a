from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.speech.channel_clock import measure_clock, on_common_clock
from audit.speech.turns import Track, build_utterances
from audit.types import ChannelClock, Diarization, Segment, Transcript, Word
from tests.speakers.sounds import Samples, babble, turns

LENGTH_MS = 120_000
FIRST = tuple(Segment(s, s + 5000) for s in range(1000, LENGTH_MS - 12_000, 12_000))
SECOND = tuple(Segment(s + 6000, s + 11_000) for s in range(1000, LENGTH_MS - 12_000, 12_000))


def parties() -> Samples:
    return np.stack([babble(FIRST, LENGTH_MS, 1), babble(SECOND, LENGTH_MS, 2)])


def leaking(samples: Samples, level_db: float = -24, echo_ms: int = 20) -> Samples:
    late = np.pad(samples[::-1], ((0, 0), (echo_ms * 16, 0)))[:, : samples.shape[1]]
    return (samples + 10 ** (level_db / 20) * late).astype(np.float32)


def recorded(samples: Samples, offset_ms: float, drift_ppm: float) -> Samples:
    """``samples`` with channel 1 as a recorder with another clock would have it."""
    time = np.arange(samples.shape[1])
    heard = samples.copy()
    heard[1] = np.interp(
        time * (1 - drift_ppm / 1e6) - offset_ms * 16, time, samples[1], left=0, right=0
    )
    return heard


@pytest.mark.parametrize(
    ("offset_ms", "drift_ppm"), [(300, 0), (-250, 0), (0, 120), (0, -90), (150, 60)]
)
def test_what_leaks_tells_offset_and_drift(offset_ms: float, drift_ppm: float) -> None:
    clock = measure_clock(recorded(leaking(parties()), offset_ms, drift_ppm))
    assert clock is not None
    assert clock.offset_ms == pytest.approx(offset_ms, abs=3)
    assert clock.drift_ppm == pytest.approx(drift_ppm, abs=8)


def test_one_way_tells_drift_but_no_offset_that_could_be_an_echo() -> None:
    voices = parties()
    one_way = np.stack([leaking(voices)[0], voices[1]])
    clock = measure_clock(recorded(one_way, 0, 120))
    assert clock is not None
    assert clock.offset_ms is None
    assert clock.drift_ppm == pytest.approx(120, abs=8)


def test_an_echo_before_its_voice_is_an_offset() -> None:
    voices = parties()
    one_way = np.stack([leaking(voices, echo_ms=0)[0], voices[1]])
    clock = measure_clock(recorded(one_way, 300, 0))
    assert clock is not None
    assert clock.offset_ms == pytest.approx(300, abs=5)


@pytest.mark.parametrize("change", ["nothing leaks", "they run together", "silence", "too short"])
def test_no_clock_where_nothing_tells_of_one(change: str) -> None:
    samples = {
        "nothing leaks": recorded(parties(), 300, 100),
        "they run together": leaking(parties()),
        "silence": np.zeros((2, 160_000), np.float32),
        "too short": leaking(parties())[:, :16_000],
    }[change]
    assert measure_clock(samples) is None


def test_channel_1_is_moved_to_the_clock_of_channel_0() -> None:
    voices = parties()
    late = recorded(voices, 200, 100)
    moved = on_common_clock(late, ChannelClock(200.0, 100.0))
    assert np.array_equal(moved[0], late[0])
    inside = slice(16_000, -32_000)
    alike = np.corrcoef(moved[1, inside], voices[1, inside])[0, 1]
    assert alike > 0.8  # noise, interpolated twice
    assert np.corrcoef(late[1, inside], voices[1, inside])[0, 1] < 0.2


@given(st.integers(0, 10_000_000), st.floats(-1500, 1500), st.floats(-2000, 2000))
def test_there_and_back(time_ms: int, offset_ms: float, drift_ppm: float) -> None:
    clock = ChannelClock(offset_ms, drift_ppm)
    there = clock.on_common_clock(1, time_ms)
    assert clock.on_common_clock(0, time_ms) == clock.on_file_clock(0, time_ms) == time_ms
    if there > 0:
        assert abs(clock.on_file_clock(1, there) - time_ms) <= 2


def test_turns_are_in_the_order_of_the_common_clock_with_the_times_of_the_file() -> None:
    spoken = turns((1000, 2000, "S0"), (1500, 2500, "S1"))
    clock = ChannelClock(800.0, 0.0)
    diarization = Diarization(spoken, spoken, (("S0", 0), ("S1", 1)), clock)
    tracks = [
        Track(0, ("S0",), (Segment(1000, 2000),)), Track(1, ("S1",), (Segment(1500, 2500),)),
    ]  # fmt: skip
    heard = [
        Transcript((Word(1000, 1900, "وعليكم", 0.9),), "ar"),
        Transcript((Word(1500, 2400, "السلام", 0.9),), "ar"),
    ]
    found = build_utterances(tracks, heard, diarization)
    assert [(turn.speaker, turn.start_ms, turn.end_ms) for turn in found] == [
        ("S1", 1500, 2400),  # said at 0.7 s
        ("S0", 1000, 1900),
    ]

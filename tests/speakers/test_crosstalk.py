from __future__ import annotations

import numpy as np
import pytest

from audit.speech.crosstalk import analyse_channels, frame_levels_db, gate_crosstalk
from audit.speech.timeline import intersection, total_ms
from audit.types import Segment
from tests.speakers.sounds import Samples, babble

LENGTH_MS = 40_000
FIRST = (Segment(1000, 6000), Segment(14_000, 19_000), Segment(27_000, 30_000))
SECOND = (Segment(7000, 13_000), Segment(18_500, 25_000), Segment(32_000, 38_000))
ALL = (Segment(1000, 38_000),)


def parties(gains: tuple[float, float] = (1.0, 1.0)) -> tuple[Samples, Samples]:
    first = babble(FIRST, LENGTH_MS, 1) * np.float32(gains[0])
    return first, babble(SECOND, LENGTH_MS, 2) * np.float32(gains[1])


def delayed(samples: Samples, delay_ms: int) -> Samples:
    return np.concatenate([np.zeros(delay_ms * 16, np.float32), samples])[: len(samples)]


def test_clean_parties_keep_their_overlap() -> None:
    samples = np.stack(parties())
    report = analyse_channels(samples, (FIRST, SECOND))
    assert report.layout == "two-party"
    gated = gate_crosstalk(samples, (FIRST, SECOND), report)
    for spans, kept in zip((FIRST, SECOND), gated, strict=True):
        assert total_ms(intersection(spans, kept)) > 0.97 * total_ms(spans)


@pytest.mark.parametrize("leakage_db", [-18, -24, -30])
@pytest.mark.parametrize("delay_ms", [0, 40, 250])
@pytest.mark.parametrize("gains", [(1.0, 1.0), (0.2, 2.0), (2.0, 0.2)])
def test_leakage_is_gated_whatever_its_level_delay_and_the_gains(
    leakage_db: int, delay_ms: int, gains: tuple[float, float]
) -> None:
    first, second = parties()
    leak = np.float32(10 ** (leakage_db / 20))
    samples = np.stack(
        [first + leak * delayed(second, delay_ms), second + leak * delayed(first, delay_ms)]
    )
    samples = samples * np.array(gains, dtype=np.float32)[:, None]
    report = analyse_channels(samples, (ALL, ALL))
    assert report.layout == "two-party"
    assert all(leakage is not None for leakage in report.leakage)
    gated = gate_crosstalk(samples, (ALL, ALL), report)
    for spans, kept in zip((FIRST, SECOND), gated, strict=True):
        found = total_ms(intersection(spans, kept))
        assert found > 0.9 * total_ms(spans)
        assert total_ms(kept) - found < 0.12 * total_ms(spans)


@pytest.mark.parametrize("gain", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("delay_ms", [0, 5, 60])
def test_one_signal_twice_is_a_duplicate(gain: float, delay_ms: int) -> None:
    first, second = parties()
    mixed = first + second
    samples = np.stack([mixed, np.float32(gain) * delayed(mixed, delay_ms)])
    report = analyse_channels(samples, (ALL, ALL))
    assert report.layout == "duplicate"
    if gain != 1.0:
        assert report.speaking_channel == (1 if gain > 1 else 0)


def test_channel_that_only_hears_the_other_does_not_speak() -> None:
    first, _ = parties()
    noise = babble((), LENGTH_MS, 3)
    samples = np.stack([noise + np.float32(0.05) * first, first])
    report = analyse_channels(samples, (FIRST, FIRST))
    assert report.layout in ("one-sided", "duplicate")
    assert report.speaking_channel == 1


def test_empty_silent_and_single_channels() -> None:
    first, _ = parties()
    nothing = np.zeros_like(first)
    one = analyse_channels(np.stack([nothing, first]), ((), FIRST))
    assert (one.layout, one.speaking_channel) == ("one-sided", 1)
    assert analyse_channels(np.stack([nothing, nothing]), ((), ())).layout == "silent"
    assert analyse_channels(first[None], (FIRST,)).layout == "mono"
    assert analyse_channels(first[None], ((),)).layout == "silent"


def test_levels_are_in_decibels_of_full_scale() -> None:
    tone = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    assert frame_levels_db(tone) == pytest.approx(-3.01, abs=0.05)
    assert frame_levels_db(np.zeros(700, np.float32)).tolist() == [-90.0, -90.0]
    assert len(frame_levels_db(np.zeros(10, np.float32))) == 0

"""Loudness, mixing, bleeps and fades."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt

from audit.reporting.excerpts.encoding import write_audio
from audit.reporting.excerpts.loudness import (
    PEAK_CEILING,
    TARGET_LUFS,
    as_loud_as,
    loudness,
)
from audit.reporting.excerpts.sound import BLEEP_MARGIN_MS, Dressing, bleep_spans, dressed
from audit.types import Segment
from tests.excerpts.spoken_calls import energy_at

RATE = 16_000
PLAIN = Dressing(((),), (), 150, 300)


def sine(hz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype("f4")


def speech(seconds: float = 8.0, level: float = 0.1, seed: int = 0) -> np.ndarray:
    """Noise with the rhythm, the crest and the band of speech on a telephone."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    syllables = np.clip(np.sin(2 * np.pi * 3 * t) + 0.3 * np.sin(2 * np.pi * 0.4 * t), 0, None)
    band = butter(4, (300, 3400), "bandpass", fs=RATE, output="sos")
    noise = sosfilt(band, rng.laplace(0, 0.5, len(t)))
    return (level * syllables**2 * noise).astype(np.float32)


def voice(seconds: float = 6.0) -> np.ndarray:
    """Harmonics of a gliding pitch in syllables: encoders of speech keep it, where noise is lost."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(130 + 40 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    buzz = sum(np.cos(n * phase + n * n) / n for n in range(2, 20))
    return (0.1 * np.clip(np.sin(2 * np.pi * 3 * t), 0, None) * buzz).astype(np.float32)


def ebur128(samples: np.ndarray) -> float:
    """The loudness by FFmpeg's filter, an implementation that is not ours."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="flt", layout="mono")
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None].astype(np.float32), "flt", layout="mono")
    frame.sample_rate = RATE
    source.push(frame)
    source.push(None)
    told = math.nan
    while True:
        try:
            out = sink.pull()
        except (av.EOFError, av.BlockingIOError):
            return told
        if "lavfi.r128.I" in out.metadata:
            told = float(out.metadata["lavfi.r128.I"])


def test_loudness_is_that_of_the_recommendation():
    # BS.1770-4, annex 1: a sine of 997 Hz at full scale in one channel is -3.01 LKFS.
    assert loudness(sine(997, 10, 1.0)) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize(("hz", "level"), [(100, 0.5), (300, 0.1), (1000, 0.05), (3000, 0.3)])
def test_loudness_is_what_ffmpeg_measures(hz, level):
    samples = np.concatenate([sine(hz, 6, level), np.zeros(RATE * 3, np.float32), speech()])
    assert loudness(samples) == pytest.approx(ebur128(samples), abs=0.15)


@settings(max_examples=15)
@given(st.floats(0.008, 0.9), st.integers(0, 20))
def test_every_excerpt_is_as_loud_as_the_others(level, seed):
    made = dressed(speech(level=level, seed=seed)[None], PLAIN)
    assert loudness(made) == pytest.approx(TARGET_LUFS, abs=1.0)
    assert float(np.abs(made).max()) <= PEAK_CEILING + 1e-6


def test_silence_is_not_made_loud():
    silent = np.zeros(RATE * 5, np.float32)
    assert not as_loud_as(TARGET_LUFS, silent).any()
    assert loudness(silent) == -math.inf


def test_peaks_are_not_crushed_to_make_clicks_loud():
    clicks = np.zeros(RATE * 5, np.float32)
    clicks[::4000] = 0.5
    made = as_loud_as(TARGET_LUFS, clicks)
    assert float(np.abs(made).max()) <= PEAK_CEILING + 1e-6
    assert loudness(made) < TARGET_LUFS


def test_the_quieter_party_is_turned_up_before_the_mix():
    samples = np.zeros((2, RATE * 8), np.float32)
    samples[0, : RATE * 4] = sine(400, 4, 0.3)
    samples[1, RATE * 4 :] = sine(600, 4, 0.12)
    spoken = ((Segment(0, 4000),), (Segment(4000, 8000),))
    made = dressed(samples, Dressing(spoken, (), 10, 10))
    assert loudness(made[RATE : RATE * 3]) == pytest.approx(
        loudness(made[RATE * 5 : RATE * 7]), abs=1.0
    )
    unbalanced = dressed(samples, Dressing(((), ()), (), 10, 10))
    assert loudness(unbalanced[RATE : RATE * 3]) > loudness(unbalanced[RATE * 5 : RATE * 7]) + 6


def test_fades_begin_and_end_in_silence_and_leave_the_middle_alone():
    made = dressed(sine(500, 4)[None], Dressing(((),), (), 200, 400))
    envelope = np.abs(made).reshape(-1, 160).max(axis=1)
    assert envelope[0] < 0.02
    assert envelope[-1] < 0.02
    assert np.all(np.diff(envelope[:20]) > 0)
    assert np.all(np.diff(envelope[-40:]) < 0)
    assert np.allclose(envelope[25:355], envelope[100], rtol=0.02)


@pytest.mark.parametrize("channels", [1, 2])
def test_nothing_of_what_is_bleeped_is_audible(channels):
    samples = np.tile(speech(8.0), (channels, 1)) * 0.2
    # The secret crosses over into the other channel, quieter.
    secret = sine(1700, 1.0, 0.3)
    for channel in range(channels):
        samples[channel, 3 * RATE : 4 * RATE] += secret * 0.06**channel
    bleeps = bleep_spans([Segment(3000, 4000)], 8000)
    made = dressed(samples, Dressing(((),) * channels, bleeps, 100, 100))
    assert bleeps == (Segment(3000 - BLEEP_MARGIN_MS, 4000 + BLEEP_MARGIN_MS),)
    covered = made[bleeps[0].start_ms * 16 : bleeps[0].end_ms * 16]
    tone = 0.07 * np.sin(2 * np.pi * 1000 * np.arange(len(covered)) / RATE)
    inside = slice(200, -200)
    assert np.allclose(covered[inside], tone[inside], atol=1e-6), "only the bleep is heard"
    assert energy_at(made, 1000) > 0.05
    heard = dressed(samples, Dressing(((),) * channels, (), 100, 100))
    assert energy_at(heard[3 * RATE : 4 * RATE], 1700) > 100 * energy_at(covered[inside], 1700)


@given(st.lists(st.tuples(st.integers(-2000, 12_000), st.integers(0, 3000)), max_size=6))
def test_bleeps_cover_everything_inside_and_are_apart(heard):
    spans = bleep_spans([Segment(start, start + length) for start, length in heard], 10_000)
    for start, length in heard:
        for at in range(max(0, start), min(10_000, start + length), 50):
            assert any(span.start_ms <= at < span.end_ms for span in spans)
    for span, after in pairwise(spans):
        assert span.end_ms < after.start_ms
    assert all(0 <= span.start_ms < span.end_ms <= 10_000 for span in spans)


def test_a_bleep_at_the_edge_of_an_excerpt_is_covered_too():
    samples = sine(1700, 3.0)[None]
    made = dressed(samples, Dressing(((),), (Segment(0, 3000),), 5, 5))
    assert energy_at(made, 1700) < 1e-3


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "wav"])
def test_files_hold_the_sound_at_its_time_and_are_the_same_each_time(tmp_path, audio_format):
    samples = dressed(voice()[None], PLAIN)
    first, second = tmp_path / f"a.{audio_format}", tmp_path / f"b.{audio_format}"
    write_audio(first, samples, audio_format)
    write_audio(second, samples, audio_format)
    assert first.read_bytes() == second.read_bytes()
    with av.open(str(first)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    heard = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    lags = range(-400, 401, 8)
    best = max(lags, key=lambda lag: float(samples[4000:60_000] @ heard[4000 + lag : 60_000 + lag]))
    assert abs(best) <= 16, "the words would light up at the wrong time"
    assert loudness(heard) == pytest.approx(TARGET_LUFS, abs=1.0)
    assert not re.search(rb"/(home|root|work|tmp)/", first.read_bytes())

"""Synthetic sound for the tests, and where real recordings lie on machines that have them."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audit.types import AudioInfo, Segment, SpeakerTurn, Waveform

RATE = 16_000
Samples = NDArray[np.float32]


def waveform(*channels: Samples) -> Waveform:
    samples = np.stack(channels).astype(np.float32)
    return Waveform(samples, AudioInfo(samples.shape[1] // 16, len(channels), 8000, "pcm_s16le"))


def babble(spans: tuple[Segment, ...], length_ms: int, seed: int, level: float = 0.2) -> Samples:
    """Noise with syllables (4 a second) within ``spans``, faint noise elsewhere."""
    chance = np.random.default_rng(seed)
    count = length_ms * RATE // 1000
    time = np.arange(count) / RATE
    envelope = 0.15 + np.abs(np.sin(2 * np.pi * (2.0 + 0.3 * chance.random()) * time + seed))
    mask = np.zeros(count, dtype=bool)
    for span in spans:
        mask[span.start_ms * 16 : span.end_ms * 16] = True
    sound = chance.standard_normal(count) * (level * envelope * mask + 1e-4)
    return sound.astype(np.float32)


def melody(length_ms: int, level: float = 0.1) -> Samples:
    """Notes of 0.6 s, three partials each, one after the other."""
    chance = np.random.default_rng(7)
    notes = 440.0 * 2 ** (chance.integers(-9, 7, 1 + length_ms // 600) / 12)
    time = np.arange(length_ms * RATE // 1000) / RATE
    pitch = np.repeat(notes, 600 * RATE // 1000)[: len(time)]
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return (level * sum(np.sin(k * phase) / k for k in (1, 2, 3))).astype(np.float32)


def real_audio() -> Path:
    """The folder of real recordings; skips the test where there is none."""
    told = os.environ.get("TASLEEK_REAL_AUDIO")
    folder = Path(told) if told else Path(__file__).parents[3] / "shared" / "audio"
    if not folder.is_dir():
        pytest.skip("no real recordings here: set TASLEEK_REAL_AUDIO to their folder")
    return folder


def read_wav(path: Path) -> Samples:
    """A mono 8 kHz file at 16 kHz (linear interpolation)."""
    with wave.open(str(path)) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
        channels = file.getnchannels()
    samples = np.frombuffer(frames, dtype="<i2").reshape(-1, channels)[:, 0] / 32768
    positions = np.arange(len(samples) * RATE // rate) * rate / RATE
    return np.interp(positions, np.arange(len(samples)), samples).astype(np.float32)


def turns(*items: tuple[int, int, str]) -> tuple[SpeakerTurn, ...]:
    return tuple(SpeakerTurn(*item) for item in items)

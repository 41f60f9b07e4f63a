"""Recordings in every format that the README names, made with FFmpeg."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from tests.dummies import RATE_HZ, tone

#: Codec, suffix, sampling rate.
FORMATS = [
    ("pcm_u8", "wav", 8000),
    ("pcm_s16le", "wav", 8000),
    ("pcm_s24le", "wav", 16000),
    ("pcm_s32le", "wav", 44100),
    ("pcm_f32le", "wav", 48000),
    ("pcm_f64le", "wav", 48000),
    ("pcm_mulaw", "wav", 8000),
    ("pcm_alaw", "wav", 8000),
    ("libmp3lame", "mp3", 8000),
    ("libopus", "ogg", 48000),
    ("libopus", "opus", 48000),
    ("flac", "flac", 22050),
    ("aac", "m4a", 16000),
]


def encode(path: Path, codec: str, rate_hz: int, channels: int, seconds: float = 2.0) -> Path:
    # Bit-exact: no random numbers in the container, so that the same call makes the same file.
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "stereo" if channels == 2 else "mono"
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(tone(seconds, channels)), "fltp", layout=stream.layout.name
        )
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(stream.format, stream.layout, rate_hz, stream.frame_size or 0)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path

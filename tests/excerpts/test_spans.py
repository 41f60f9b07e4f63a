"""Stretches of recordings are those of the whole recording, in every format."""

from __future__ import annotations

import av
import numpy as np
import pytest

from audit.errors import AudioError
from audit.ingest import spans
from audit.ingest.audio import decode
from audit.ingest.spans import decode_spans
from audit.types import Segment
from tests.encoded import FORMATS

SECONDS = 12
WANTED = (Segment(0, 700), Segment(5_123, 6_789), Segment(6_000, 8_000), Segment(11_000, 12_000))
SOUGHT = {"wav", "flac", "ogg", "opus", "m4a"}


def chirp(path, codec, rate_hz, channels):
    """A rising tone, so that every place sounds like no other."""
    t = np.arange(SECONDS * rate_hz) / rate_hz
    sweep = 0.3 * np.sin(2 * np.pi * (200 + 20 * t) * t)
    samples = np.stack([sweep * (1 - 0.5 * channel) for channel in range(channels)])
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "stereo" if channels == 2 else "mono"
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.astype(np.float32)), "fltp", layout=stream.layout.name
        )
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(stream.format, stream.layout, rate_hz, stream.frame_size or 0)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def seeks(monkeypatch):
    made = []
    original = spans._sought

    def counted(*arguments):
        found = original(*arguments)
        made.append(found is not None)
        return found

    monkeypatch.setattr(spans, "_sought", counted)
    return made


@pytest.mark.parametrize(("codec", "suffix", "rate_hz"), FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
def test_spans_sound_as_they_do_in_the_whole(tmp_path, seeks, codec, suffix, rate_hz, channels):
    path = chirp(tmp_path / f"a.{suffix}", codec, rate_hz, channels)
    whole = decode(path, "a", 60)
    found = decode_spans(path, "a", WANTED, whole.duration_ms)
    for span, sound in zip(WANTED, found, strict=True):
        there = whole.samples[:, span.start_ms * 16 : span.end_ms * 16]
        assert sound.shape == (channels, span.duration_ms * 16)
        assert np.corrcoef(sound[0, : there.shape[1]], there[0])[0, 1] > 0.98  # half a sample
    # MP3's clock cannot be trusted; all others are sought in.
    assert seeks == ([True] * len(WANTED) if suffix in SOUGHT else [])


def test_the_sound_inside_a_vcon_is_given_as_bytes(tmp_path):
    path = chirp(tmp_path / "a.wav", "pcm_s16le", 8000, 2)
    from_file = decode_spans(path, "a", WANTED, SECONDS * 1000)
    from_bytes = decode_spans(path.read_bytes(), "a", WANTED, SECONDS * 1000)
    assert all(np.array_equal(a, b) for a, b in zip(from_file, from_bytes, strict=True))


def test_a_recording_whose_clock_disagrees_is_decoded_from_its_beginning(tmp_path, seeks):
    path = chirp(tmp_path / "a.flac", "flac", 16_000, 1)
    decode_spans(path, "a", WANTED, SECONDS * 1000 - 500)
    assert seeks == []


def test_only_what_is_near_the_span_is_decoded(tmp_path, monkeypatch):
    path = chirp(tmp_path / "a.wav", "pcm_s16le", 8000, 1)
    decoded = []
    original = spans._frames

    def counted(container, stream):
        for frame in original(container, stream):
            decoded.append(frame.samples)
            yield frame

    monkeypatch.setattr(spans, "_frames", counted)
    decode_spans(path, "a", [Segment(9_000, 9_500)], SECONDS * 1000)
    assert sum(decoded) < 2.5 * 8000


@pytest.mark.parametrize("content", [b"", b"RIFFxxxxWAVE", b"\x00" * 5000])
def test_what_is_no_recording_is_told(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"a\.wav"):
        decode_spans(path, "a.wav", WANTED, 12_000)

"""Every format that the README names decodes to the same sound; every broken file says why."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import av
import numpy as np
import pytest

from audit.errors import AudioError
from audit.ingest.audio import decode, probe
from audit.types import SAMPLE_RATE_HZ
from tests.dummies import tone, write_wav
from tests.encoded import FORMATS, encode


def loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * SAMPLE_RATE_HZ / len(samples))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("codec", "suffix", "rate_hz"), FORMATS)
def test_format_decodes_to_the_sound_that_was_encoded(tmp_path, codec, suffix, rate_hz, channels):
    path = encode(tmp_path / f"call.{suffix}", codec, rate_hz, channels)
    waveform = decode(path, str(path), 10)
    assert waveform.samples.dtype == np.float32
    assert waveform.samples.shape[0] == channels
    assert waveform.duration_ms == pytest.approx(2000, abs=120)
    for channel in range(channels):
        heard = waveform.samples[channel, 4000:28000]
        assert loudest_hz(heard) == pytest.approx(440 * 1.25**channel, abs=5)
        assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.15)
    assert probe(path, str(path)).channels == channels


def test_amr_decodes(tmp_path):
    path = encode(tmp_path / "call.amr", "libopencore_amrnb", 8000, 1)
    waveform = decode(path, str(path), 10)
    assert waveform.duration_ms == pytest.approx(2000, abs=100)
    assert loudest_hz(waveform.samples[0, 4000:28000]) == pytest.approx(440, abs=10)


def test_gsm_decodes(tmp_path):
    # No encoder here makes GSM 06.10; any 33 bytes that begin with 0xD are a frame of 20 ms.
    rng = random.Random(1)
    frames = b"".join(bytes([0xD0 | rng.randrange(16)]) + rng.randbytes(32) for _ in range(100))
    path = tmp_path / "call.gsm"
    path.write_bytes(frames)
    assert decode(path, str(path), 10).duration_ms == pytest.approx(2000, abs=60)


def test_bytes_decode_like_their_file(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(1.0))
    from_file = decode(path, "a", 10)
    from_bytes = decode(path.read_bytes(), "a", 10)
    assert np.array_equal(from_file.samples, from_bytes.samples)


def test_samples_are_finite_and_within_one(tmp_path):
    samples = tone(1.0)
    samples[0, 100:200] = np.nan
    samples[0, 200:300] = 9.0
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="wav") as container:
        stream = container.add_stream("pcm_f32le", rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples, "flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        container.mux(stream.encode(frame))
    heard = decode(buffer.getvalue(), "float.wav", 10).samples
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.0


def broken(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / f"{kind}.wav"
    whole = write_wav(tmp_path / "whole.wav", tone(10.0)).read_bytes()
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is a letter, not a call " * 50)
        case "zero-length":
            write_wav(path, tone(0.0))
        case "truncated":
            path.write_bytes(whole[: len(whole) // 3])
        case "header-only":
            path.write_bytes(whole[:30])
        case "playlist":
            path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nwhole.wav\n")
        case "six-channels":
            write_wav(path, tone(1.0, 6))
        case "too-long":
            write_wav(path, tone(90.0))
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("empty", "empty"),
        ("text", "not a readable audio recording"),
        ("zero-length", "no sound"),
        ("truncated", "cut off"),
        ("header-only", "not a readable audio recording"),
        ("playlist", "not a readable audio recording"),
        ("six-channels", "6 channels"),
        ("too-long", "max_duration_min"),
    ],
)
def test_broken_file_names_itself_and_says_what_to_do(tmp_path, kind, says):
    path = broken(tmp_path, kind)
    with pytest.raises(AudioError) as caught:
        decode(path, str(path), 1)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_unfinished_header_of_a_streaming_recorder_is_read_to_the_end(tmp_path):
    path = write_wav(tmp_path / "stream.wav", tone(2.0))
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    assert decode(path, "stream", 10).duration_ms == pytest.approx(2000, abs=20)


@pytest.fixture
def nobody():
    """An ordinary user for the length of a test: root may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_unreadable_permissions(tmp_path, nobody):
    with pytest.raises(AudioError, match="may read it"):
        decode(Path("/etc/shadow"), "/etc/shadow", 10)


def test_missing_file():
    with pytest.raises(AudioError, match="cannot be read"):
        decode(Path("nowhere.wav"), "nowhere.wav", 10)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_bytes_never_crash(tmp_path, seed):
    rng = random.Random(seed)
    codec, suffix, rate_hz = rng.choice(FORMATS)
    raw = bytearray(encode(tmp_path / f"a.{suffix}", codec, rate_hz, 1, 1.0).read_bytes())
    for _ in range(30):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path = tmp_path / f"damaged.{suffix}"
    path.write_bytes(raw)
    try:
        waveform = decode(path, str(path), 10)
    except AudioError as error:
        assert str(path) in str(error)
    else:
        assert np.isfinite(waveform.samples).all()

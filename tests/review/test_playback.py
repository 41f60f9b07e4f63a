"""Sound in pieces is the same sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.config import IngestConfig
from audit.errors import AudioError
from audit.ingest.audio import decode
from audit.review import playback
from audit.review.playback import PEAK_STEP_MS, Playback, _PcmWriter, wav_header
from audit.types import SAMPLE_RATE_HZ, Segment
from tests.dummies import tone, write_wav

STEP = PEAK_STEP_MS * SAMPLE_RATE_HZ // 1000


def written(pieces):
    writer = _PcmWriter(pieces[0].shape[0], "x.wav")
    for piece in pieces:
        writer.take(piece)
    return writer.finish(0)


@given(
    st.lists(st.integers(1, 5 * STEP), min_size=1, max_size=8), st.integers(1, 2), st.integers(1, 4)
)
def test_pieces_of_any_size_make_the_same_file_and_outline(sizes, channels, steps_a_block):
    rng = np.random.default_rng(sum(sizes))
    samples = rng.uniform(-1, 1, (channels, sum(sizes))).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "_BLOCK", steps_a_block * STEP)
        sound = written(np.split(samples, np.cumsum(sizes)[:-1], axis=1))
    pcm = (samples.T * 32767).astype("<i2").tobytes()
    assert sound.read(0, sound.size + 1) == wav_header(channels, len(pcm)) + pcm
    peaks = np.frombuffer(sound.peaks, np.uint8).reshape(channels, -1)
    steps = -(-samples.shape[1] // STEP)
    assert peaks.shape[1] == steps
    loudest = np.abs(samples).max()
    for step in range(steps):
        part = np.abs(samples[:, step * STEP : (step + 1) * STEP]).max(axis=1)
        assert np.abs(peaks[:, step] - part * 255 / loudest).max() <= 0.51


def test_a_recording_is_served_as_it_is_decoded_for_the_audit(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(3.217, channels=2))
    samples = decode(path, str(path), 240).samples
    sound = Playback(tmp_path / "x.duckdb", IngestConfig()).sound("a", lambda: (str(path), None))
    assert sound.read(44, sound.size) == (samples.T * 32767).astype("<i2").tobytes()


def test_silence_and_what_is_no_number_can_be_drawn():
    assert set(written([np.zeros((1, STEP * 2), np.float32)]).peaks) == {0}
    odd = np.array([[np.nan, np.inf, -np.inf, 0.5] * STEP], np.float32)
    assert set(written([odd]).peaks) == {255}


def test_channels_that_change_in_the_middle_are_told():
    with pytest.raises(AudioError, match="channels change"):
        written([np.zeros((1, 5), np.float32), np.zeros((2, 5), np.float32)])


def test_what_is_covered_is_a_tone_in_both_channels_and_nothing_else_is_changed(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(3.0, channels=2))
    as_is = decode(path, str(path), 240).samples
    covered = (Segment(500, 900), Segment(2800, 9000))

    def heard(spans):
        player = Playback(tmp_path / "x.duckdb", IngestConfig(), lambda call_id: spans)
        sound = player.sound("a", lambda: (str(path), None))
        pcm = np.frombuffer(sound.read(44, sound.size), "<i2")
        return pcm.reshape(-1, 2).T

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playback, "_BLOCK", 4 * STEP)  # spans begin and end within blocks
        bleeped = heard(covered)
    plain = (as_is * 32767).astype("<i2")
    hidden = np.zeros(plain.shape[1], bool)
    for span in covered:
        hidden[span.start_ms * 16 : span.end_ms * 16] = True
    assert (bleeped[:, ~hidden] == plain[:, ~hidden]).all()
    assert (bleeped[0, hidden] == bleeped[1, hidden]).all()
    spectrum = np.abs(np.fft.rfft(bleeped[0, 8000:14400].astype(float)))
    assert spectrum.argmax() == 400  # 1 kHz in 0.4 s

"""A real two-track call: agent and caller on separate channels, and what a recorder makes of them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from audit.errors import ModelError
from audit.speech.diarizers.channels import ChannelsDiarizer
from audit.speech.diarizers.pyannote import PyannoteDiarizer
from audit.training.evaluate_speakers import SpeakerErrors, compare_speakers, read_rttm
from audit.types import Diarization
from audit.weights.cache import require
from tests.speakers.sounds import Samples, read_wav, real_audio, waveform


@pytest.fixture(scope="module")
def call() -> tuple[Samples, Path]:
    folder = real_audio() / "call_auto_repairs"
    tracks = [read_wav(path) for path in sorted(folder.glob("*.wav"))]
    length = min(len(track) for track in tracks)
    return np.stack([track[:length] for track in tracks]), next(folder.glob("*.rttm"))


@pytest.fixture(scope="module")
def mono_diarizer() -> PyannoteDiarizer:
    for model_id in ("segmentation-3.0", "campplus"):
        try:
            require(model_id)
        except ModelError as error:
            pytest.skip(str(error))
    return PyannoteDiarizer(require, offline=True)


def errors(found: Diarization, call: tuple[Samples, Path]) -> SpeakerErrors:
    samples, rttm = call
    return compare_speakers(read_rttm(rttm), found.turns, samples.shape[1] // 16)


def mu_law(samples: Samples) -> Samples:
    """Companded to 8 bits and back (ITU-T G.711, mu = 255, by its formula)."""
    clipped = np.clip(samples, -1, 1)
    code = np.round(127 * np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256)) / 127
    return (np.sign(code) * (256 ** np.abs(code) - 1) / 255).astype(np.float32)


def leaking(samples: Samples, level_db: float, delay_ms: int = 0) -> Samples:
    late = np.pad(samples[::-1], ((0, 0), (delay_ms * 16, 0)))[:, : samples.shape[1]]
    return (samples + 10 ** (level_db / 20) * late).astype(np.float32)


def noisy(samples: Samples, snr_db: float) -> Samples:
    level = np.sqrt(np.mean(samples**2)) * 10 ** (-snr_db / 20)
    noise = np.random.default_rng(0).standard_normal(samples.shape) * level
    return (samples + noise).astype(np.float32)


CONDITIONS = {
    "plain": (lambda x: x, 0.06),
    "mu-law": (mu_law, 0.06),
    "swapped": (lambda x: x[::-1], 0.06),
    "gains": (lambda x: x * np.array([[0.2], [1.0]], np.float32), 0.06),
    "leakage -18 dB": (lambda x: leaking(x, -18), 0.09),
    "leakage -24 dB": (lambda x: leaking(x, -24), 0.09),
    "leakage -30 dB": (lambda x: leaking(x, -30), 0.09),
    "echo 250 ms late": (lambda x: leaking(x, -24, 250), 0.09),
    "noise 20 dB": (lambda x: noisy(x, 20), 0.09),
    "noise and leakage": (lambda x: noisy(leaking(x, -24), 20), 0.12),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_stereo(condition: str, call: tuple[Samples, Path]) -> None:
    change, limit = CONDITIONS[condition]
    found = ChannelsDiarizer().diarize(waveform(*change(call[0])))
    assert found.channels == (("S0", 0), ("S1", 1))
    assert errors(found, call).error_rate <= limit


@pytest.mark.parametrize("change", ["both on one channel", "same twice", "one silent"])
def test_stereo_that_is_not_goes_to_the_mono_diarizer(
    change: str, call: tuple[Samples, Path]
) -> None:
    mixed = call[0].sum(axis=0) / 2
    other = {
        "both on one channel": np.float32(0.03) * mixed,
        "same twice": np.float32(0.5) * np.roll(mixed, 80),
        "one silent": np.zeros_like(mixed),
    }[change]
    (only,) = ChannelsDiarizer().diarize(waveform(mixed, other)).channels
    assert only == ("S0", 0)


@pytest.mark.model
@pytest.mark.parametrize("gain", [0.1, 0.6])
def test_mono_with_an_unknown_number_of_speakers(
    gain: float, call: tuple[Samples, Path], mono_diarizer: PyannoteDiarizer
) -> None:
    found = mono_diarizer.diarize(waveform(np.float32(gain) * call[0].sum(axis=0)))
    assert errors(found, call).error_rate <= 0.15
    assert len(found.speakers) == 2
    spans = sorted((turn.start_ms, turn.end_ms) for turn in found.exclusive)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


@pytest.mark.model
def test_short_mono_is_heard(call: tuple[Samples, Path], mono_diarizer: PyannoteDiarizer) -> None:
    start = 94 * 16_000
    found = mono_diarizer.diarize(waveform(call[0].sum(axis=0)[start : start + 3 * 16_000]))
    assert len(found.speakers) == 1


@pytest.mark.model
def test_embeddings_tell_the_voices(
    call: tuple[Samples, Path], mono_diarizer: PyannoteDiarizer
) -> None:
    import torch

    from audit.speech.diarizers.campplus import load_campplus, log_mel_filterbank

    network = load_campplus(next(require("campplus").glob("*.pt")))

    def embedding(track: int, second: int) -> torch.Tensor:
        part = call[0][track, second * 16_000 : (second + 5) * 16_000]
        features = log_mel_filterbank(torch.from_numpy(part)[None])
        with torch.inference_mode():
            return network(features - features.mean(dim=1, keepdim=True))[0]

    agent, again, caller = embedding(0, 95), embedding(0, 105), embedding(1, 170)
    same = torch.cosine_similarity(agent, again, dim=0)
    other = torch.cosine_similarity(agent, caller, dim=0)
    assert same > 0.6
    assert other < 0.5


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    from audit.speech.diarizers.campplus import load_campplus

    broken = tmp_path / "campplus.pt"
    broken.write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match=r"campplus\.pt: not the weights of CAM\+\+"):
        load_campplus(broken)

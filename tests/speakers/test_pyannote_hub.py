"""`--diarizer pyannote:<hub id>`: what is asked of the hub, and what its answer becomes. No network."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from audit.config import SpeechConfig
from audit.errors import ModelError
from audit.speech.diarizer import load_diarizer
from audit.speech.diarizers import pyannote_models
from audit.types import Diarization
from tests.speakers.sounds import turns, waveform

HUB_ID = "pyannote/speaker-diarization-community-1"


class Annotation:
    def __init__(self, *items: tuple[float, float, str]) -> None:
        self.items = items

    def itertracks(self, yield_label: bool) -> Any:
        assert yield_label
        for start, end, label in self.items:
            yield SimpleNamespace(start=start, end=end), "_", label


class Hub:
    """Stands for ``pyannote.audio.Pipeline``."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Any]] = []
        self.peak = 0.0

    def from_pretrained(self, model: str, token: str | None = None) -> Any:
        self.asked.append((model, token))
        if isinstance(self.answer, Exception):
            raise self.answer
        return None if self.answer is None else self.run

    def run(self, file: dict[str, Any]) -> Any:
        assert file["sample_rate"] == 16_000
        self.peak = float(file["waveform"].abs().max())
        return self.answer


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(answer: Any) -> Hub:
        stand_in = Hub(answer)
        module = ModuleType("pyannote.audio")
        module.Pipeline = stand_in  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pyannote.audio", module)
        monkeypatch.setattr(pyannote_models, "import_pyannote", lambda offline: None)
        return stand_in

    return install


def diarize(samples: np.ndarray[Any, np.dtype[np.float32]]) -> Diarization:
    def no_weights(model_id: str) -> Any:
        raise AssertionError("a pipeline of the hub needs no local weights")

    return load_diarizer(SpeechConfig(diarizer=f"pyannote:{HUB_ID}"), no_weights).diarize(
        waveform(samples)
    )


def tone(level: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    return (level * np.sin(np.arange(32_000) / 5)).astype(np.float32)


@pytest.mark.parametrize("token", [None, "hf_secret"])
def test_the_pipeline_named_is_asked_for_with_the_token(
    hub: Any, monkeypatch: pytest.MonkeyPatch, token: str | None
) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    output = SimpleNamespace(
        speaker_diarization=Annotation((0.0, 1.0, "A"), (0.5, 2.0, "B")),
        exclusive_speaker_diarization=Annotation((0.0, 1.0, "A"), (1.0, 2.0, "B")),
    )
    stand_in = hub(output)
    found = diarize(tone(0.05))
    assert stand_in.asked == [(HUB_ID, token)]
    assert found.turns == turns((0, 1000, "S0"), (500, 2000, "S1"))
    assert found.exclusive == turns((0, 1000, "S0"), (1000, 2000, "S1"))
    assert stand_in.peak == pytest.approx(0.5, abs=0.01)  # brought to level before it is heard


def test_an_older_pipeline_gives_one_annotation(hub: Any) -> None:
    hub(Annotation((0.0, 1.0, "A"), (0.5, 2.0, "B")))
    found = diarize(tone(0.5))
    assert found.exclusive == turns((0, 1000, "S0"), (1000, 2000, "S1"))


@pytest.mark.parametrize("answer", [OSError("401 Client Error: hf_secret"), None])
def test_a_refusal_says_what_to_do_and_never_the_token(
    hub: Any, monkeypatch: pytest.MonkeyPatch, answer: Exception | None
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub(answer)
    with pytest.raises(ModelError, match="HF_TOKEN") as error:
        diarize(tone(0.5))
    assert HUB_ID in str(error.value)
    assert "hf_secret" not in str(error.value)


def test_the_samples_given_are_left_as_they_were(hub: Any) -> None:
    hub(Annotation((0.0, 1.0, "A")))
    samples = tone(0.02)
    before = samples.copy()
    diarize(samples)
    assert np.array_equal(samples, before)


def test_embeddings_kept_do_not_move_and_do_not_overwrite_each_other() -> None:
    import torch

    shelf = pyannote_models._Shelf()
    kept = [shelf.keep(torch.full((8, 192), float(n))) for n in range(1100)]
    assert all(bool((rows == n).all()) for n, rows in enumerate(kept))


def test_the_gain_scales_what_a_network_hears_and_nothing_else() -> None:
    import torch

    gain = pyannote_models.Gain()
    network = torch.nn.Identity()
    network.register_forward_pre_hook(gain)
    heard = torch.ones(2, 3)
    gain.value = 4.0
    assert bool((network(heard) == 4.0).all())
    assert bool((heard == 1.0).all())

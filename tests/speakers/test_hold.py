from __future__ import annotations

import numpy as np
import pytest

from audit.speech import hold as hold_module
from audit.speech.hold import detect_holds
from audit.speech.music import detect_music, without_music
from audit.speech.vad import speech_probabilities
from audit.types import Diarization, Role, Segment, SpeakerTurn, Utterance
from tests.speakers.sounds import Samples, babble, melody, read_wav, real_audio, turns, waveform

LENGTH_MS = 60_000
GREETING, RETURN = (Segment(500, 4000),), (Segment(31_000, 36_000),)
ANNOUNCED, THANKS = "لحظة معي أسأل القسم", "شكرا لانتظارك الموضوع انحل"


def silent_voice(samples: Samples) -> Samples:
    return np.zeros(-(-len(samples) // 512), np.float32)


@pytest.fixture(autouse=True)
def unvoiced(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Synthetic sound is no voice to the model; do not ask it."""
    if "real" not in request.node.name:
        monkeypatch.setattr(hold_module, "speech_probabilities", silent_voice)


def conversation(before: str, after: str, first: int = 0) -> tuple[Diarization, list[Utterance]]:
    """Agent, caller, agent until 10 s; a gap; the agent again from 31 s; the caller."""
    spoken = turns(
        (500, 4000, "S0"), (4500, 7000, "S1"), (7500, 10_000, "S0"),
        (31_000, 36_000, "S0"), (37_000, 40_000, "S1"),
    )  # fmt: skip
    said = ("السلام عليكم", "عندي مشكلة", before, after, "طيب")
    roles: dict[str, Role] = {"S0": "agent", "S1": "caller"}
    utterances = [
        Utterance(i, roles[t.speaker], t.speaker, None, t.start_ms, t.end_ms, text)
        for i, (t, text) in enumerate(zip(spoken, said, strict=True))
    ]
    return Diarization(spoken[first:], spoken[first:], (("S0", 0), ("S1", 1))), utterances


def sound(music_ms: tuple[int, int] | None = None, music: Samples | None = None) -> list[Samples]:
    agent = babble((Segment(500, 4000), Segment(7500, 10_000), *RETURN), LENGTH_MS, 1)
    caller = babble((Segment(4500, 7000), Segment(37_000, 40_000)), LENGTH_MS, 2)
    if music_ms:
        start, end = music_ms[0] * 16, music_ms[1] * 16
        agent[start:end] += (
            melody(music_ms[1] - music_ms[0]) if music is None else music[: end - start]
        )
    return [agent, caller]


@pytest.mark.parametrize("channels", [1, 2])
def test_music_is_a_hold_to_the_tenth_of_a_second(channels: int) -> None:
    diarization, utterances = conversation(ANNOUNCED, THANKS)
    tracks = sound((10_400, 30_500))
    if channels == 1:
        tracks = [tracks[0] + tracks[1]]
        diarization = Diarization(diarization.turns, diarization.exclusive)
    (hold,) = detect_holds(waveform(*tracks), diarization, utterances)
    assert hold.kind == "music"
    assert hold.announced
    assert hold.start_ms == pytest.approx(10_400, abs=150)
    assert hold.end_ms == pytest.approx(30_500, abs=150)


def test_music_taken_for_speech_is_a_hold_all_the_same() -> None:
    diarization, utterances = conversation(ANNOUNCED, THANKS)
    sung = SpeakerTurn(14_000, 19_000, "S0")
    wrong = Diarization((*diarization.turns, sung), diarization.turns, diarization.channels)
    (hold,) = detect_holds(waveform(*sound((10_400, 30_500))), wrong, utterances)
    assert hold.end_ms - hold.start_ms == pytest.approx(20_100, abs=300)


def test_the_callers_words_during_the_music_do_not_end_the_hold() -> None:
    diarization, utterances = conversation(ANNOUNCED, THANKS)
    muttered = SpeakerTurn(20_000, 22_000, "S1")
    more = Diarization((*diarization.turns, muttered), diarization.turns, diarization.channels)
    (hold,) = detect_holds(waveform(*sound((10_400, 30_500))), more, utterances)
    assert hold.end_ms - hold.start_ms == pytest.approx(20_100, abs=300)


@pytest.mark.parametrize(
    ("before", "after", "announced"), [(ANNOUNCED, "تمام", True), ("تمام", THANKS, False)]
)
def test_silence_with_words_around_it_is_a_hold(before: str, after: str, announced: bool) -> None:
    diarization, utterances = conversation(before, after)
    (hold,) = detect_holds(waveform(*sound()), diarization, utterances)
    assert (hold.kind, hold.announced) == ("silence", announced)
    assert hold.end_ms - hold.start_ms == pytest.approx(21_000, abs=1000)


def test_short_silence_without_words_is_none() -> None:
    spoken = turns((0, 4000, "S0"), (4500, 9000, "S1"), (16_000, 18_000, "S0"))
    utterances = [
        Utterance(i, "agent" if t.speaker == "S0" else "caller", t.speaker, None,
                  t.start_ms, t.end_ms, "طيب")
        for i, t in enumerate(spoken)
    ]  # fmt: skip
    quiet = babble((), 20_000, 5)
    assert detect_holds(waveform(quiet, quiet), Diarization(spoken, spoken), utterances) == ()


def test_music_before_the_agent_answers_is_no_hold() -> None:
    diarization, utterances = conversation("طيب", "طيب", first=3)
    assert detect_holds(waveform(*sound((10_400, 30_500))), diarization, utterances[3:]) == ()


def test_nobody_speaks_no_hold() -> None:
    assert detect_holds(waveform(melody(20_000)), Diarization((), ()), ()) == ()


def test_babble_noise_and_ringback_are_no_music() -> None:
    talk = babble((Segment(0, 30_000),), 30_000, 3)
    assert detect_music(talk, silent_voice(talk)) == ()
    time = np.arange(16_000 * 30) / 16_000
    ring = (0.1 * np.sin(2 * np.pi * 425 * time) * (time % 5.8 < 1.2)).astype(np.float32)
    assert detect_music(ring, silent_voice(ring)) == ()
    assert detect_music(np.zeros(0, np.float32), np.zeros(0, np.float32)) == ()


def test_what_sounds_like_a_voice_must_be_steadier_to_be_music() -> None:
    notes = melody(20_000) + babble((Segment(0, 20_000),), 20_000, 4, level=0.06)
    assert detect_music(notes, silent_voice(notes))
    assert detect_music(notes, np.full(625, 0.6, np.float32)) == ()


def test_turns_that_are_music_are_dropped() -> None:
    spoken = turns((0, 1000, "S0"), (2000, 5000, "S0"), (9500, 12_000, "S0"))
    kept = without_music(spoken, (Segment(1900, 10_000),))
    assert kept == (spoken[0], spoken[2])


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_real_hold_music_is_found_in_a_call(gain: float) -> None:
    music = read_wav(real_audio() / "hold_music" / "macroform-cold_day.wav") * np.float32(gain)
    diarization, utterances = conversation(ANNOUNCED, THANKS)
    for offset_s in (20, 100):
        tracks = sound((10_400, 30_500), music[offset_s * 16_000 :])
        (hold,) = detect_holds(waveform(*tracks), diarization, utterances)
        assert hold.kind == "music"
        assert hold.end_ms - hold.start_ms == pytest.approx(20_100, abs=1000)


def test_real_conversation_holds_no_music() -> None:
    folder = real_audio() / "call_auto_repairs"
    for path in sorted(folder.glob("*.wav")):
        samples = read_wav(path)
        assert detect_music(samples, speech_probabilities(samples)) == ()

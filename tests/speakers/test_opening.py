from __future__ import annotations

import numpy as np
import pytest

from audit.speech import opening as opening_module
from audit.speech.opening import hear_opening, menu_turns, with_menu_role, without_menu
from audit.speech.ringing import detect_ringing
from audit.synthesis.call_mix import ringback_tone
from audit.types import Role, Segment, Utterance
from tests.speakers.sounds import Samples, babble, melody, read_wav, real_audio, waveform

RATE = 16_000


def said(index: int, role: Role, speaker: str, start_ms: int, end_ms: int, text: str) -> Utterance:
    return Utterance(index, role, speaker, None, start_ms, end_ms, text)


GREETING = "حياك الله معك نورة كيف أقدر أخدمك"
MENU = "اهلا بكم للغة العربية أضغط واحد"


@pytest.fixture(autouse=True)
def unvoiced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Synthetic sound is no voice to the model; do not ask it."""
    monkeypatch.setattr(
        opening_module, "speech_probabilities", lambda x: np.zeros(-(-len(x) // 512), np.float32)
    )


def tones(frequencies: tuple[float, ...], on_ms: int, off_ms: int, length_ms: int) -> Samples:
    time = np.arange(length_ms * 16) / RATE
    sounding = (time * 1000) % (on_ms + off_ms) < on_ms
    sound = sum(np.sin(2 * np.pi * hz * time) for hz in frequencies)
    noise = np.random.default_rng(0).standard_normal(len(time)) * 1e-3
    return (0.05 * sound * sounding + noise).astype(np.float32)


@pytest.mark.parametrize(
    ("frequencies", "on_ms", "off_ms"),
    [((425.0,), 1200, 4600), ((425.0,), 1000, 4000), ((440.0, 480.0), 2000, 4000)],
)
def test_ringing_of_several_countries(
    frequencies: tuple[float, ...], on_ms: int, off_ms: int
) -> None:
    (span,) = detect_ringing(tones(frequencies, on_ms, off_ms, 13_000))
    assert span.start_ms <= 60
    last = 12_000 // (on_ms + off_ms) * (on_ms + off_ms)
    assert span.end_ms == pytest.approx(min(13_000, last + on_ms), abs=80)


def test_music_speech_noise_and_silence_do_not_ring() -> None:
    for sound in (
        melody(20_000), babble((Segment(0, 20_000),), 20_000, 1),
        np.zeros(RATE * 5, np.float32), np.zeros(0, np.float32), tones((1000.0,), 300, 300, 9000),
    ):  # fmt: skip
        assert detect_ringing(sound) == ()


def test_real_speech_and_music_do_not_ring() -> None:
    folder = real_audio()
    for path in (*folder.glob("call_auto_repairs/*.wav"), *folder.glob("hold_music/*.wav")):
        assert detect_ringing(read_wav(path)) == ()


def test_wait_with_ringing_menu_and_music() -> None:
    ring = ringback_tone(8 * RATE)
    voice = babble((Segment(8000, 12_000), Segment(25_000, 28_000)), 30_000, 3)
    music = np.zeros(30 * RATE, np.float32)
    music[13 * RATE : 24 * RATE] = melody(11_000)
    voice[: len(ring)] += ring
    utterances = (
        said(0, "other", "S0", 8000, 12_000, MENU),
        said(1, "agent", "S0", 25_000, 28_000, GREETING),
    )
    heard = hear_opening(waveform(voice + music), utterances, frozenset({0}))
    assert heard.answered_ms == 25_000
    assert sum(span.duration_ms for span in heard.ringing) == pytest.approx(7000, abs=100)
    assert heard.menu == (Segment(8000, 12_000),)
    assert sum(span.duration_ms for span in heard.music) == pytest.approx(11_000, abs=700)
    assert heard.wait_ms == 13_000


def test_no_wait_where_nothing_of_it_is_heard() -> None:
    voice = babble((Segment(6000, 9000),), 10_000, 3)
    heard = hear_opening(
        waveform(voice), (said(0, "agent", "S0", 6000, 9000, GREETING),), frozenset()
    )
    assert heard.wait_ms is None
    assert hear_opening(waveform(voice), (), frozenset()).answered_ms is None


def test_a_menu_on_the_agents_channel_is_not_the_agent() -> None:
    utterances = (
        said(0, "unknown", "S0", 0, 4000, MENU),
        said(1, "unknown", "S0", 9000, 12_000, GREETING),
        said(2, "unknown", "S1", 13_000, 16_000, "عندي مشكلة في الفاتورة حقت الشهر"),
    )
    menu = menu_turns(utterances)
    assert menu == frozenset({0})
    assert [turn.turn_index for turn in without_menu(utterances, menu)] == [1, 2]
    assert [turn.role for turn in with_menu_role(utterances, menu)] == [
        "other",
        "unknown",
        "unknown",
    ]


def test_a_menu_with_its_own_voice_stays_for_the_roles() -> None:
    utterances = (
        said(0, "unknown", "S0", 0, 4000, "جميع موظفينا مشغولون يرجى الانتظار على الخط"),
        said(1, "unknown", "S1", 9000, 12_000, GREETING),
    )
    menu = menu_turns(utterances)
    assert menu == frozenset({0})
    assert without_menu(utterances, menu) == utterances


def test_an_agent_who_says_that_the_call_is_recorded_is_no_menu() -> None:
    greeting = said(0, "agent", "S0", 0, 4000, f"{GREETING} هذه المكالمة مسجلة")
    assert menu_turns((greeting,)) == frozenset()


def test_pressing_is_spoken_of_later_without_a_menu() -> None:
    utterances = (
        said(0, "unknown", "S0", 0, 4000, GREETING),
        said(1, "unknown", "S1", 5000, 9000, "عندي مشكلة في الفاتورة حقت الشهر اللي راح"),
        said(2, "unknown", "S0", 9000, 12_000, "اتصل على الرقم وبعدين اضغط واحد"),
    )
    assert menu_turns(utterances) == frozenset()

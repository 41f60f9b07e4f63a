"""The ``.pho`` script handed to mbrola, and, where it is installed, the sound that comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import AudioError
from audit.synthesis import mbrola
from audit.synthesis.arabic_phonemes import CONSONANTS, INVENTORY, MARKS
from audit.synthesis.mbrola import (
    SAMPLE_RATE_HZ,
    VOICES,
    Voice,
    VoiceMissingError,
    is_installed,
    pho_script,
    resample,
    synthesize,
    trim_silence,
)

needs_mbrola = pytest.mark.skipif(
    not all(is_installed(voice) for voice in VOICES.values()),
    reason="mbrola or its voice ar2 is not installed (scripts/install-voices.sh)",
)
GREETING = "السّلَام عَلَيكُم، كيف أَقدَر أَخدِمَك؟"
LETTERS = "".join(CONSONANTS) + "اآىة" + "".join(sorted(MARKS)) + " ،"


@given(
    st.text(alphabet=LETTERS, min_size=1, max_size=50),
    st.sampled_from(sorted(VOICES)),
    st.floats(0.5, 3.0),
)
def test_script_lines_are_known_phones_with_positive_times(
    text: str, voice_name: str, rate: float
) -> None:
    voice = VOICES[voice_name]
    varied = Voice("varied", pitch_hz=voice.pitch_hz, rate=rate, speed=voice.speed)
    try:
        script = pho_script("بَ" + text, varied)
    except AudioError:
        pytest.fail("a text that begins with a syllable can be said")
    for line in script.splitlines():
        symbol, duration_ms, *pitch = line.split()
        assert symbol in INVENTORY | {"_"}
        assert int(duration_ms) > 0
        if pitch:
            assert int(pitch[0]) == 50
            assert 40 < int(pitch[1]) < 500


def test_a_question_ends_high_and_a_statement_low() -> None:
    def pitches(text: str) -> list[int]:
        lines = [line.split() for line in pho_script(text, VOICES["base"]).splitlines()]
        return [int(fields[3]) for fields in lines if len(fields) == 4]

    question, statement = pitches("مِتَى بيوصَل المَبلَغ؟"), pitches("مِتَى بيوصَل المَبلَغ.")
    assert question[-1] > question[0]
    assert statement[-1] < statement[0]


def test_the_same_seed_gives_the_same_script() -> None:
    assert pho_script(GREETING, VOICES["base"], 7) == pho_script(GREETING, VOICES["base"], 7)
    assert pho_script(GREETING, VOICES["base"], 7) != pho_script(GREETING, VOICES["base"], 8)


def test_text_without_letters_is_refused() -> None:
    with pytest.raises(AudioError, match="nothing to say"):
        pho_script("... 12", VOICES["base"])


def test_missing_program_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbrola.shutil, "which", lambda name: None)
    with pytest.raises(VoiceMissingError, match=r"install-voices\.sh"):
        synthesize(GREETING, VOICES["base"])


def test_missing_voice_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbrola.shutil, "which", lambda name: "/usr/bin/mbrola")
    with pytest.raises(VoiceMissingError, match="mbrola-xx9"):
        synthesize(GREETING, Voice("none", database="xx9"))


def test_resampling_keeps_duration_and_pitch() -> None:
    seconds = np.arange(19_200) / 19_200
    tone = np.sin(2 * np.pi * 440 * seconds).astype(np.float32)
    heard = resample(tone, 19_200, SAMPLE_RATE_HZ)
    assert abs(len(heard) - SAMPLE_RATE_HZ) <= 32
    assert abs(int(np.argmax(np.abs(np.fft.rfft(heard)))) - 440) <= 1


def test_trimming_leaves_speech_at_both_ends() -> None:
    sound = np.concatenate([np.zeros(100), np.ones(50), np.zeros(30)]).astype(np.float32)
    assert len(trim_silence(sound)) == 50
    assert len(trim_silence(np.zeros(10, np.float32))) == 10


@needs_mbrola
@pytest.mark.parametrize("name", sorted(VOICES))
def test_voices_speak_alike_in_time_and_repeatably(name: str) -> None:
    speech = synthesize(GREETING, VOICES[name], 3)
    assert speech.dtype == np.float32
    assert 2.0 < len(speech) / SAMPLE_RATE_HZ < 5.0
    assert 0.05 < float(np.abs(speech).max()) <= 1.0
    assert np.array_equal(speech, synthesize(GREETING, VOICES[name], 3))

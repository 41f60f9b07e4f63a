from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from audit.config import SpeechConfig
from audit.errors import ConfigError, ModelError
from audit.speech.decoding import Attempt, check_prompt, joined_words, with_fallback
from audit.speech.hypothesis import Hypothesis
from audit.speech.recognizer import ChunkedRecognizer, SpeechTrack, load_recognizer
from audit.speech.recognizers.transformers_asr import group_words
from audit.types import Segment, Word


@dataclass
class EchoDecoder:
    """Says one word for each second of a chunk that is not silent; it tells how loud that second is."""

    name: str = "echo:1"
    max_chunk_ms: int = 3_000
    batch_size: int = 2
    found: tuple[str, float] | None = ("ar", 0.9)
    batches: list[int] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    encoded: int = 0

    def encode(self, sounds: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        self.encoded += len(sounds)
        return sounds

    def decode(self, sounds: Sequence[np.ndarray], language: str) -> list[Hypothesis]:
        self.batches.append(len(sounds))
        self.languages.append(language)
        return [
            Hypothesis(
                tuple(
                    Word(i * 1000, (i + 1) * 1000, f"w{sound[i * 16_000]:.1f}", 0.5)
                    for i in range(len(sound) // 16_000)
                    if sound[i * 16_000] > 0
                ),
                -0.2,
                0.0,
            )
            for sound in sounds
        ]

    def detect_language(self, sound: np.ndarray) -> tuple[str, float] | None:
        return self.found


def track(level: float, *speech: tuple[int, int]) -> SpeechTrack:
    samples = np.full(16 * 20_000, level, dtype=np.float32)
    return SpeechTrack(samples, tuple(Segment(*span) for span in speech))


def test_channels_share_batches_and_keep_their_words() -> None:
    decoder = EchoDecoder()
    left, right = ChunkedRecognizer(decoder, "ar").recognize(
        [track(0.1, (0, 2_000), (10_000, 12_000)), track(0.2, (4_000, 6_000))]
    )
    assert {w.text for w in left.words} == {"w0.1"}
    assert {w.text for w in right.words} == {"w0.2"}
    assert decoder.batches == [2, 1]
    assert all(4_000 <= w.start_ms < w.end_ms <= 6_000 for w in right.words)
    assert left.words[-1].start_ms >= 10_000
    assert decoder.encoded == sum(decoder.batches)


def test_the_ends_of_both_tracks_share_a_window() -> None:
    decoder = EchoDecoder(max_chunk_ms=9_000, batch_size=8)
    tracks = [
        track(0.1, (0, 7_000), (12_000, 14_000)),
        track(0.2, (1_000, 8_000), (15_000, 18_000)),
    ]
    left, right = ChunkedRecognizer(decoder, "ar").recognize(tracks)
    assert decoder.batches == [3]
    assert {w.text for w in left.words} == {"w0.1"}
    assert {w.text for w in right.words} == {"w0.2"}
    late = [word for word in left.words if word.start_ms > 9_000]
    assert late
    assert all(12_000 <= word.start_ms < word.end_ms <= 14_000 for word in late)
    late = [word for word in right.words if word.start_ms > 9_000]
    assert late
    assert all(15_000 <= word.start_ms < word.end_ms <= 18_000 for word in late)


def test_a_silent_track_is_not_decoded() -> None:
    decoder = EchoDecoder()
    [told] = ChunkedRecognizer(decoder, "ar").recognize([track(0.0)])
    [unknown] = ChunkedRecognizer(decoder, "auto").recognize([track(0.0)])
    assert (told.words, told.language, told.language_probability) == ((), "ar", 1.0)
    assert (unknown.words, unknown.language, unknown.language_probability) == ((), "und", 0.0)
    assert decoder.batches == []


def test_the_told_language_is_decoded_and_the_heard_one_reported() -> None:
    decoder = EchoDecoder(found=("en", 0.8))
    [found] = ChunkedRecognizer(decoder, "ar").recognize([track(0.1, (0, 2_000))])
    assert (found.language, found.language_probability) == ("en", 0.8)
    assert decoder.languages == ["ar"]


def test_auto_decodes_the_heard_language() -> None:
    decoder = EchoDecoder(found=("en", 0.8))
    ChunkedRecognizer(decoder, "auto").recognize([track(0.1, (0, 2_000))])
    assert decoder.languages == ["en"]


def test_a_model_that_cannot_tell_languages_has_the_told_one() -> None:
    [found] = ChunkedRecognizer(EchoDecoder(found=None), "ar").recognize([track(0.1, (0, 2_000))])
    assert (found.language, found.language_probability) == ("ar", 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recognizer": "parrot:base"}, "parrot"),
        ({"beam_size": 0}, "beam_size"),
        ({"batch_size": 0}, "batch_size"),
        ({"threads": -1}, "threads"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_recognizer(SpeechConfig(**options), offline=True)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["faster-whisper", "openai-whisper", "hf"])
def test_missing_base_weights_say_how_to_get_them(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="tasleek models fetch whisper-base"):
        load_recognizer(SpeechConfig(recognizer=kind), offline=True)


@pytest.mark.parametrize(
    ("recognizer", "command"),
    [
        ("faster-whisper:small", "faster_whisper"),
        ("openai-whisper:medium", "whisper.load_model"),
        ("hf:nobody/nothing-here", "hf download nobody/nothing-here"),
    ],
)
def test_offline_names_the_command_to_run_elsewhere(
    recognizer: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="offline") as caught:
        load_recognizer(SpeechConfig(recognizer=recognizer), offline=True)
    assert command in str(caught.value)


@pytest.mark.parametrize("kind", ["faster-whisper", "openai-whisper", "hf"])
def test_an_empty_folder_is_no_model(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=tmp_path.name):
        load_recognizer(SpeechConfig(recognizer=f"{kind}:{tmp_path}"), offline=True)


def test_a_damaged_ct2_model_is_named(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_recognizer(SpeechConfig(recognizer=f"faster-whisper:{tmp_path}"), offline=True)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match=r"x\.pt"):
        load_recognizer(SpeechConfig(recognizer=f"openai-whisper:{tmp_path}"), offline=True)


@pytest.mark.parametrize("kind", ["faster-whisper:tinyy", "openai-whisper:tinyy"])
def test_an_unknown_model_name_is_named(kind: str) -> None:
    with pytest.raises(ConfigError, match="tinyy"):
        load_recognizer(SpeechConfig(recognizer=kind), offline=True)


def attempt(text: str, logprob: float, silence: float = 0.0) -> Attempt:
    return Attempt((1,), text, logprob, silence)


LOOP = "الله " * 100


def test_fallback_is_not_used_when_the_first_passes() -> None:
    good = attempt("نعم", -0.2)
    assert with_fallback(good, lambda _: pytest.fail("sampled")) is good
    silent = attempt("نعم", -2.0, silence=0.9)
    assert with_fallback(silent, lambda _: pytest.fail("sampled")) is silent


def test_fallback_takes_the_first_that_passes() -> None:
    tried: list[float] = []

    def sample(temperature: float) -> Attempt:
        tried.append(temperature)
        return attempt("طيب", -0.4) if temperature > 0.5 else attempt(LOOP, -0.1)

    assert with_fallback(attempt(LOOP, -0.1), sample).text == "طيب"
    assert tried == [0.2, 0.4, 0.6]


def test_fallback_prefers_any_text_to_a_loop() -> None:
    rest = {0.2: attempt("غير واضح", -1.8), 0.4: attempt("أوضح", -1.2)}
    found = with_fallback(attempt(LOOP, -0.1), lambda t: rest.get(t, attempt(LOOP, -0.05)))
    assert found.text == "أوضح"


def test_a_prompt_may_not_crowd_out_the_text() -> None:
    check_prompt(223)
    with pytest.raises(ConfigError, match="224 tokens"):
        check_prompt(224)


def test_punctuation_joins_the_word_before() -> None:
    words = joined_words([("،", 0, 0.1, 1), (" نعم", 0.1, 0.4, 0.9), (" .", 0.4, 0.5, 0.2)])
    assert words == (Word(100, 400, "نعم.", 0.9),)


def test_byte_tokens_are_joined_to_letters_and_words() -> None:
    pieces = [" نع".encode(), "م".encode()[:1], "م".encode()[1:], " لا".encode()]

    def decode(tokens: list[int]) -> str:
        return b"".join(pieces[token] for token in tokens).decode("utf-8", "replace")

    assert group_words([0, 1, 2, 3], decode) == [[0, 1, 2], [3]]

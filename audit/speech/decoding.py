"""What a recognizer's adapter has to do: decode chunks of sound. The rest is the same for all.

Whisper's adapters also share its temperature fallback (Radford et al. 2022, section 4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from audit.errors import ConfigError
from audit.speech.hallucinations import (
    MAX_COMPRESSION_RATIO,
    MAX_NO_SPEECH_PROBABILITY,
    MIN_AVG_LOGPROB,
    compression_ratio,
)
from audit.speech.hypothesis import Hypothesis
from audit.types import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ChunkDecoder(Protocol):
    """An adapter to one speech recognition library.

    ``encode`` does for chunks of sound what need be done once, whatever is asked of them afterwards;
    what it returns is the adapter's own, one for each sound. Sounds are float32, shape ``(n,)``,
    16 kHz mono, at most ``max_chunk_ms`` long and never empty. ``language`` is ISO 639-1.
    ``detect_language`` returns the code and its probability in ``[0, 1]``, or ``None`` where the model
    cannot tell. All raise ``ModelError`` when the model fails.
    """

    name: str
    max_chunk_ms: int
    batch_size: int

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[Any]: ...

    def decode(self, chunks: Sequence[Any], language: str) -> list[Hypothesis]: ...

    def detect_language(self, chunk: Any) -> tuple[str, float] | None: ...


#: Whisper hears at most half its text window, less one token, before what it writes.
MAX_PROMPT_TOKENS = 223
#: Samples drawn at a temperature (Whisper's ``best_of``).
FALLBACK_SAMPLES = 5
#: Sampling starts from this seed for each batch: the same call gives the same transcript.
FALLBACK_SEED = 20221206
_FALLBACK_TEMPERATURES = (0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One decoding of a chunk by Whisper: its text tokens, text, and the two measures."""

    tokens: tuple[int, ...]
    text: str
    avg_logprob: float
    no_speech_probability: float

    @property
    def is_repetitive(self) -> bool:
        return compression_ratio(self.text) > MAX_COMPRESSION_RATIO

    @property
    def failed(self) -> bool:
        """Whether Whisper would decode again: it repeats itself, or is unlikely and not silence."""
        unlikely = self.avg_logprob < MIN_AVG_LOGPROB
        silent = unlikely and self.no_speech_probability > MAX_NO_SPEECH_PROBABILITY
        return (self.is_repetitive or unlikely) and not silent


def with_fallback(first: Attempt, sample: Callable[[float], Attempt]) -> Attempt:
    """``first`` if it passed, else the first sampling at a rising temperature that does.

    When none passes, the likeliest text that does not repeat itself.
    """
    tried = [first]
    for temperature in _FALLBACK_TEMPERATURES:
        if not tried[-1].failed:
            return tried[-1]
        tried.append(sample(temperature))
    if not tried[-1].failed:
        return tried[-1]
    usable = [attempt for attempt in tried if not attempt.is_repetitive] or tried
    return max(usable, key=lambda attempt: attempt.avg_logprob)


def prompt_text(hotwords: str, initial_prompt: str) -> str:
    """What Whisper is to hear before its text, with single spaces; empty for nothing."""
    return " ".join(f"{hotwords} {initial_prompt}".split())


def check_prompt(token_count: int) -> None:
    """Raises ``ConfigError`` for a prompt that leaves no room for the text."""
    if token_count > MAX_PROMPT_TOKENS:
        raise ConfigError(
            f"speech.initial_prompt and speech.hotwords are {token_count} tokens together; "
            f"Whisper hears at most {MAX_PROMPT_TOKENS}: shorten them"
        )


def joined_words(timed: Sequence[tuple[str, float, float, float]]) -> tuple[Word, ...]:
    """Words from ``(text, start_s, end_s, probability)``, in order of speaking.

    Lone punctuation goes to the word before it; times do not run backwards.
    """
    words: list[Word] = []
    for raw, start_s, end_s, probability in timed:
        text = raw.strip()
        if any(char.isalnum() for char in text):
            start_ms = max(0, round(start_s * 1000))
            end_ms = max(start_ms, round(end_s * 1000))
            words.append(Word(start_ms, end_ms, text, min(1.0, max(0.0, probability))))
        elif text and words:
            words[-1] = replace(words[-1], text=words[-1].text + text)
    return tuple(words)

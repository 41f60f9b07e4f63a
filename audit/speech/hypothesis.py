"""What a recognizer heard in one chunk, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass

from audit.types import Word


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What was heard in one chunk. Times of ``words`` count from the chunk's first sample.

    ``avg_logprob`` is the mean log probability of the tokens (<= 0) and ``no_speech_probability``
    that of Whisper's no-speech token; both are ``None`` where the model has no such measure.
    """

    words: tuple[Word, ...]
    avg_logprob: float | None = None
    no_speech_probability: float | None = None

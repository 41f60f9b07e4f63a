"""Text that a recognizer invents: on music, silence and noise, or when it falls into a loop.

Whisper learned from subtitles, so what it invents are subtitle credits and channel farewells, and its
decoder can repeat itself without end (Koenecke et al. 2024, "Careless Whisper"; Barański et al. 2025,
"Investigation of Whisper ASR hallucinations induced by non-speech audio"). All functions are pure.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import lru_cache

from audit.resources import resource_path
from audit.speech.hypothesis import Hypothesis
from audit.types import Segment, Word

LEXICON = "data/lexicons/hallucinations.txt"

#: Text that zlib makes smaller than this has failed (Whisper's own limit, Radford et al. 2022).
MAX_COMPRESSION_RATIO = 2.4
#: Whisper's own limits for "nothing was said": both have to be met.
MAX_NO_SPEECH_PROBABILITY = 0.6
MIN_AVG_LOGPROB = -1.0
#: Very fast Arabic is some 6 words a second; invented text crammed into a click is faster.
MAX_WORDS_PER_SECOND = 8.0
#: Fewer words than this say nothing of a rate.
_MIN_WORDS_FOR_RATE = 4
#: A phrase said this often in a row is a loop. People say «نعم نعم نعم».
_MIN_LOOP_REPEATS = 5
_MAX_LOOP_WORDS = 12
#: Words farther apart than this belong to different segments.
_SEGMENT_PAUSE_MS = 500
#: Alignment by attention errs by up to about this; a word farther from speech was not spoken.
_MAX_DISTANCE_FROM_SPEECH_MS = 600

_MARKED = re.compile(r"[\[(（【♪*][^\])）】♪*]*[\])）】♪*]?")
_TASHKEEL = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_LETTERS = str.maketrans("أإآٱىةؤئ", "ااااي" + "هوي")


def keep_spoken(hypothesis: Hypothesis, speech: Sequence[Segment]) -> tuple[Word, ...]:
    """The words of ``hypothesis`` that were in all likelihood said.

    ``speech`` are the voice-active parts on the time line of the words. Dropped are: everything where
    the model itself heard nothing; words away from speech; the repeats of loops; segments that still
    repeat themselves, are nothing but a stock phrase or a sound mark, or are too fast to be said. What
    is left keeps its order and is otherwise unchanged.
    """
    if heard_nothing(hypothesis):
        return ()
    near = drop_outside_speech(hypothesis.words, speech)
    kept = [
        word
        for segment in split_at_pauses(collapse_loops(near))
        if not is_invented(segment, speech)
        for word in segment
    ]
    return tuple(kept)


def is_invented(segment: Sequence[Word], speech: Sequence[Segment]) -> bool:
    """Whether a stretch of words without a pause cannot be trusted as a whole."""
    text = " ".join(word.text for word in segment)
    return (
        compression_ratio(text) > MAX_COMPRESSION_RATIO
        or is_stock_phrase(text)
        or is_too_fast(segment, speech)
    )


def heard_nothing(hypothesis: Hypothesis) -> bool:
    """Whether the no-speech token is likely and the text is not."""
    if hypothesis.avg_logprob is None or hypothesis.no_speech_probability is None:
        return False
    return (
        hypothesis.no_speech_probability > MAX_NO_SPEECH_PROBABILITY
        and hypothesis.avg_logprob < MIN_AVG_LOGPROB
    )


def compression_ratio(text: str) -> float:
    """Bytes of ``text`` in UTF-8 over bytes after zlib; 0.0 for empty text. High means repetition."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0


def collapse_loops(words: Sequence[Word]) -> tuple[Word, ...]:
    """``words`` with each phrase that is said five times or more in a row kept once.

    Phrases of up to 12 words are looked for, the shortest first; words are compared without
    diacritics and punctuation.
    """
    kept = list(words)
    for size in range(1, _MAX_LOOP_WORDS + 1):
        kept = _collapse(kept, size)
    return tuple(kept)


def drop_outside_speech(words: Sequence[Word], speech: Sequence[Segment]) -> tuple[Word, ...]:
    """The words within 600 ms of speech."""

    def near(word: Word) -> bool:
        return any(
            word.start_ms < span.end_ms + _MAX_DISTANCE_FROM_SPEECH_MS
            and word.end_ms > span.start_ms - _MAX_DISTANCE_FROM_SPEECH_MS
            for span in speech
        )

    return tuple(word for word in words if near(word))


def split_at_pauses(words: Sequence[Word]) -> tuple[tuple[Word, ...], ...]:
    """``words`` cut into segments where more than 500 ms lie between two."""
    segments: list[list[Word]] = []
    for word in words:
        if segments and word.start_ms - segments[-1][-1].end_ms <= _SEGMENT_PAUSE_MS:
            segments[-1].append(word)
        else:
            segments.append([word])
    return tuple(tuple(segment) for segment in segments)


def is_too_fast(words: Sequence[Word], speech: Sequence[Segment]) -> bool:
    """Whether there are more than eight words a second of the speech that they lie in."""
    if len(words) < _MIN_WORDS_FOR_RATE:
        return False
    own = Segment(words[0].start_ms, max(word.end_ms for word in words))
    spoken_ms = sum(span.overlap_ms(own) for span in speech)
    return len(words) * 1000 > MAX_WORDS_PER_SECOND * spoken_ms


def is_stock_phrase(text: str) -> bool:
    """Whether ``text`` is nothing but a known invention or a sound mark such as ``[موسيقى]``.

    A phrase counts with anything inside it only as listed: «شكرا» alone, or «شكرا» in a longer turn,
    is speech.
    """
    if not text.strip():
        return False
    unmarked = _MARKED.sub(" ", text)
    plain = normalized(unmarked)
    if not plain:
        return _MARKED.search(text) is not None
    phrases, openings = _stock_phrases()
    return plain in phrases or plain.startswith(openings)


def normalized(text: str) -> str:
    """``text`` for comparison: no diacritics, tatweel or punctuation, plain alif, yaa and haa."""
    plain = _TASHKEEL.sub("", unicodedata.normalize("NFKC", text)).translate(_LETTERS).lower()
    letters = "".join(char if char.isalnum() else " " for char in plain)
    return " ".join(letters.split())


def _collapse(words: list[Word], size: int) -> list[Word]:
    keys = [normalized(word.text) for word in words]
    kept: list[Word] = []
    index = 0
    while index < len(words):
        phrase = keys[index : index + size]
        repeats = 1
        while (
            len(phrase) == size
            and any(phrase)
            and keys[index + repeats * size : index + (repeats + 1) * size] == phrase
        ):
            repeats += 1
        if repeats >= _MIN_LOOP_REPEATS:
            kept.extend(words[index : index + size])
            index += repeats * size
        else:
            kept.append(words[index])
            index += 1
    return kept


@lru_cache(maxsize=1)
def _stock_phrases() -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole phrases, and openings (written with a final ``*``) that anything may follow."""
    phrases: set[str] = set()
    openings: list[str] = []
    for line in resource_path(LEXICON).read_text(encoding="utf-8").splitlines():
        entry = line.partition("#")[0].strip()
        if entry.endswith("*"):
            openings.append(normalized(entry))
        elif entry:
            phrases.add(normalized(entry))
    return frozenset(phrases), tuple(openings)

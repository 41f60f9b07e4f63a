"""From tracks of sound to transcripts: the recognizer's contract and the part common to all adapters.

Chunks of all tracks are decoded in the same batches, invented text is dropped, and words get their
place in the track: nothing outside the voice-active parts is heard, nothing lies outside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audit.config import SpeechConfig
from audit.errors import ConfigError
from audit.speech.chunks import Chunk, PackOptions, pack_speech, place_words
from audit.speech.decoding import ChunkDecoder
from audit.speech.hallucinations import keep_spoken
from audit.speech.hypothesis import Hypothesis
from audit.types import HeardLanguage, Segment, Transcript, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What ``speech.recognizer`` may begin with.
RECOGNIZERS = ("faster-whisper", "openai-whisper", "hf")
#: The model whose weights ``tasleek models fetch`` brings.
DEFAULT_MODEL = "base"
#: Language of a track in which nothing was said and none was told (ISO 639-2 "undetermined").
UNDETERMINED = "und"


@dataclass(frozen=True, slots=True, eq=False)
class SpeechTrack:
    """One channel or a mix: ``samples`` float32, shape ``(n,)``, 16 kHz mono, in ``[-1, 1]``.

    ``speech`` are the voice-active parts to be recognized, in order and disjoint.
    """

    samples: NDArray[np.float32]
    speech: tuple[Segment, ...]


class Recognizer(Protocol):
    """Turns tracks into transcripts, one for each, in order; named like ``faster-whisper:base``."""

    @property
    def name(self) -> str: ...

    def detect_languages(self, tracks: Sequence[SpeechTrack]) -> tuple[HeardLanguage, ...]: ...

    def recognize(
        self, tracks: Sequence[SpeechTrack], languages: Sequence[HeardLanguage] | None = None
    ) -> tuple[Transcript, ...]: ...


@dataclass(frozen=True, slots=True)
class ChunkedRecognizer:
    """A recognizer made of a chunk decoder. ``language`` is ISO 639-1 or ``auto``."""

    decoder: ChunkDecoder
    language: str

    @property
    def name(self) -> str:
        return self.decoder.name

    def detect_languages(self, tracks: Sequence[SpeechTrack]) -> tuple[HeardLanguage, ...]:
        """What the first voice-active 30 s of each track sound like.

        A silent track has the configured language at 1.0, or ``und`` at 0.0 for ``auto``. Raises
        ``ModelError`` when the model fails.
        """
        return tuple(self._detect(track, self._packed(track)) for track in tracks)

    def recognize(
        self, tracks: Sequence[SpeechTrack], languages: Sequence[HeardLanguage] | None = None
    ) -> tuple[Transcript, ...]:
        """Transcripts of ``tracks``.

        ``Transcript.language`` is what the track sounds like (``languages`` of ``detect_languages``, or
        detected here); the words are decoded in the configured language, or in that one for ``auto``.
        Raises ``ModelError`` when the model fails.
        """
        chunks = [self._packed(track) for track in tracks]
        detected = languages or self.detect_languages(tracks)
        words: list[list[Word]] = [[] for _ in tracks]
        for language in sorted({self._spoken(found) for found in detected}):
            jobs = [
                (index, chunk)
                for index, packed in enumerate(chunks)
                if self._spoken(detected[index]) == language
                for chunk in packed
            ]
            for index, chunk, hypothesis in self._decode(tracks, jobs, language):
                words[index].extend(_in_track(hypothesis, chunk, tracks[index].speech))
        return tuple(
            Transcript(place_words(heard, track.speech), found.code, found.probability)
            for heard, track, found in zip(words, tracks, detected, strict=True)
        )

    def _packed(self, track: SpeechTrack) -> tuple[Chunk, ...]:
        options = replace(PackOptions(), max_chunk_ms=self.decoder.max_chunk_ms)
        return tuple(pack_speech(track.samples, track.speech, options))

    def _detect(self, track: SpeechTrack, chunks: Sequence[Chunk]) -> HeardLanguage:
        found = self.decoder.detect_language(chunks[0].cut_from(track.samples)) if chunks else None
        if found is not None:
            return HeardLanguage(*found)
        if self.language == "auto":
            return HeardLanguage(UNDETERMINED, 0.0)
        return HeardLanguage(self.language, 1.0)

    def _spoken(self, detected: HeardLanguage) -> str:
        return detected.code if self.language == "auto" else self.language

    def _decode(
        self, tracks: Sequence[SpeechTrack], jobs: Sequence[tuple[int, Chunk]], language: str
    ) -> Iterator[tuple[int, Chunk, Hypothesis]]:
        size = self.decoder.batch_size
        for batch in (jobs[start : start + size] for start in range(0, len(jobs), size)):
            sounds = [chunk.cut_from(tracks[index].samples) for index, chunk in batch]
            heard = self.decoder.decode(sounds, language)
            for (index, chunk), hypothesis in zip(batch, heard, strict=True):
                yield index, chunk, hypothesis


def load_recognizer(config: SpeechConfig, *, offline: bool = False) -> Recognizer:
    """The recognizer that ``config.recognizer`` names: ``NAME[:MODEL]``.

    ``faster-whisper`` and ``openai-whisper`` take ``base`` (the default; the manifest's weights), a
    file or folder, or the name of a model; ``hf`` takes ``base``, a folder or a hub id.
    ``offline`` forbids downloads. Raises ``ConfigError`` for a wrong name or option and
    ``ModelError`` for weights that are missing or damaged.
    """
    kind, _, model = config.recognizer.partition(":")
    model = model or DEFAULT_MODEL
    name = f"{kind}:{model}"
    _check_options(config)
    if kind == "faster-whisper":
        from audit.speech.recognizers import faster_whisper as ct2

        folder = _local(model, "whisper-base") or ct2.resolve_model(model, offline)
        return ChunkedRecognizer(ct2.FasterWhisperDecoder(folder, name, config), config.language)
    if kind == "openai-whisper":
        from audit.speech.recognizers import openai_whisper as openai

        place = _local(model, "whisper-base-openai")
        checkpoint = openai.resolve_checkpoint(place, model, offline)
        return ChunkedRecognizer(
            openai.OpenAIWhisperDecoder(checkpoint, name, config), config.language
        )
    if kind == "hf":
        from audit.speech.recognizers import transformers_asr

        place = _local(model, "whisper-base-hf")
        decoder = transformers_asr.load_decoder(str(place or model), name, config, offline)
        return ChunkedRecognizer(decoder, config.language)
    raise ConfigError(
        f"speech.recognizer: {config.recognizer!r} is not known; "
        f"give one of {', '.join(RECOGNIZERS)}, with :MODEL after it if need be"
    )


def _local(model: str, base_id: str) -> Path | None:
    """Where ``model`` lies on this machine: the manifest's base, or a file or folder."""
    if model == DEFAULT_MODEL:
        from audit.weights.cache import require

        return require(base_id)
    path = Path(model).expanduser()
    return path if path.exists() else None


def _check_options(config: SpeechConfig) -> None:
    for option, value in (("beam_size", config.beam_size), ("batch_size", config.batch_size)):
        if value < 1:
            raise ConfigError(f"speech.{option} must be at least 1, not {value}")
    if config.threads < 0:
        raise ConfigError(
            f"speech.threads must be 0 (the library's choice) or more, not {config.threads}"
        )


def _in_track(hypothesis: Hypothesis, chunk: Chunk, speech: Sequence[Segment]) -> tuple[Word, ...]:
    """What was said of ``hypothesis``, with its words' times in the track."""
    words = tuple(_moved(word, chunk) for word in hypothesis.words)
    return keep_spoken(replace(hypothesis, words=words), speech)


def _moved(word: Word, chunk: Chunk) -> Word:
    span = chunk.span_in_track(word.start_ms, word.end_ms)
    return replace(word, start_ms=span.start_ms, end_ms=span.end_ms)

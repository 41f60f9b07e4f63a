"""From tracks of sound to transcripts: the recognizer's contract and the part common to all adapters.

Chunks of all tracks are decoded in the same batches, invented text is dropped, and words get their
place in the track: nothing outside the voice-active parts is heard, nothing lies outside them.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from audit.config import SpeechConfig
from audit.errors import ConfigError
from audit.speech.chunks import Chunk, PackOptions, pack_speech, place_words
from audit.speech.decoding import ChunkDecoder
from audit.speech.hallucinations import keep_spoken
from audit.speech.hypothesis import Hypothesis
from audit.types import SAMPLE_RATE_HZ, HeardLanguage, Segment, Transcript, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What ``speech.recognizer`` may begin with.
RECOGNIZERS = ("faster-whisper", "openai-whisper", "hf")
#: The model whose weights ``tasleek models fetch`` brings.
DEFAULT_MODEL = "base"
#: Language of a track in which nothing was said and none was told (ISO 639-2 "undetermined").
UNDETERMINED = "und"
#: Silence between the ends of two tracks that are heard in one window; words of both are told apart by
#: its middle, and alignment by attention is good to about 0.2 s.
_GAP_MS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class SpeechTrack:
    """One channel or a mix: ``samples`` float32, shape ``(n,)``, 16 kHz mono, in ``[-1, 1]``.

    ``speech`` are the voice-active parts to be recognized, in order and disjoint.
    """

    samples: NDArray[np.float32]
    speech: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Beginning:
    """What the first voice-active 30 s of a track sound like.

    ``encoded`` is their chunk as the decoder encoded it, so that it need not be encoded again.
    """

    language: HeardLanguage
    encoded: Any = None


class Recognizer(Protocol):
    """Turns tracks into transcripts, one for each, in order; named like ``faster-whisper:base``."""

    @property
    def name(self) -> str: ...

    def hear_beginnings(self, tracks: Sequence[SpeechTrack]) -> tuple[Beginning, ...]: ...

    def recognize(
        self, tracks: Sequence[SpeechTrack], beginnings: Sequence[Beginning] | None = None
    ) -> tuple[Transcript, ...]: ...


@dataclass(frozen=True, slots=True)
class ChunkedRecognizer:
    """A recognizer made of a chunk decoder. ``language`` is ISO 639-1 or ``auto``."""

    decoder: ChunkDecoder
    language: str

    @property
    def name(self) -> str:
        return self.decoder.name

    def hear_beginnings(self, tracks: Sequence[SpeechTrack]) -> tuple[Beginning, ...]:
        """The language of each track, from its first voice-active 30 s.

        A silent track has the configured language at 1.0, or ``und`` at 0.0 for ``auto``. Raises
        ``ModelError`` when the model fails.
        """
        return tuple(self._begin(track, self._packed(track)) for track in tracks)

    def recognize(
        self, tracks: Sequence[SpeechTrack], beginnings: Sequence[Beginning] | None = None
    ) -> tuple[Transcript, ...]:
        """Transcripts of ``tracks``.

        ``Transcript.language`` is what the track sounds like (``beginnings`` of ``hear_beginnings``,
        or heard here); the words are decoded in the configured language, or in that one for ``auto``.
        Raises ``ModelError`` when the model fails.
        """
        chunks = [self._packed(track) for track in tracks]
        heard = beginnings or self.hear_beginnings(tracks)
        detected = [beginning.language for beginning in heard]
        words: list[list[Word]] = [[] for _ in tracks]
        for language in sorted({self._spoken(found) for found in detected}):
            parts = [
                [_Part(index, chunk) for chunk in packed]
                for index, packed in enumerate(chunks)
                if self._spoken(detected[index]) == language
            ]
            begun = {own[0]: heard[own[0].track].encoded for own in parts if own}
            windows = _windows(parts, begun, self.decoder.max_chunk_ms)
            for part, hypothesis in self._decode(tracks, windows, language):
                own_words = words[part.track]
                own_words.extend(_in_track(hypothesis, part.chunk, tracks[part.track].speech))
        return tuple(
            Transcript(place_words(said, track.speech), found.code, found.probability)
            for said, track, found in zip(words, tracks, detected, strict=True)
        )

    def _packed(self, track: SpeechTrack) -> tuple[Chunk, ...]:
        options = replace(PackOptions(), max_chunk_ms=self.decoder.max_chunk_ms)
        return tuple(pack_speech(track.samples, track.speech, options))

    def _begin(self, track: SpeechTrack, chunks: Sequence[Chunk]) -> Beginning:
        encoded = found = None
        if chunks:
            [encoded] = self.decoder.encode([chunks[0].cut_from(track.samples)])
            found = self.decoder.detect_language(encoded)
        if found is not None:
            return Beginning(HeardLanguage(*found), encoded)
        if self.language == "auto":
            return Beginning(HeardLanguage(UNDETERMINED, 0.0), encoded)
        return Beginning(HeardLanguage(self.language, 1.0), encoded)

    def _spoken(self, detected: HeardLanguage) -> str:
        return detected.code if self.language == "auto" else self.language

    def _decode(
        self, tracks: Sequence[SpeechTrack], windows: Sequence[_Window], language: str
    ) -> Iterator[tuple[_Part, Hypothesis]]:
        size = self.decoder.batch_size
        for batch in (windows[start : start + size] for start in range(0, len(windows), size)):
            fresh = [window.sound(tracks) for window in batch if window.encoded is None]
            encoded = iter(self.decoder.encode(fresh))
            chunks = [next(encoded) if w.encoded is None else w.encoded for w in batch]
            for window, hypothesis in zip(
                batch, self.decoder.decode(chunks, language), strict=True
            ):
                yield from window.divided(hypothesis)


@dataclass(frozen=True, slots=True)
class _Part:
    """A chunk of one of the tracks."""

    track: int
    chunk: Chunk


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What is heard at once: one part, or the ends of two tracks with silence between them.

    ``encoded`` is what ``encode`` made of it, where that is known.
    """

    parts: tuple[_Part, ...]
    encoded: Any = None

    def sound(self, tracks: Sequence[SpeechTrack]) -> NDArray[np.float32]:
        """float32, shape ``(n,)``, 16 kHz."""
        import numpy as np

        silence = np.zeros(_GAP_MS * SAMPLE_RATE_HZ // 1000, np.float32)
        pieces: list[NDArray[np.float32]] = []
        for part in self.parts:
            pieces += [silence, part.chunk.cut_from(tracks[part.track].samples)]
        return np.concatenate(pieces[1:])

    def divided(self, hypothesis: Hypothesis) -> Iterator[tuple[_Part, Hypothesis]]:
        """Each part with the words that lie in it, in the time of its chunk.

        A word in the silence between two parts belongs to the nearer one.
        """
        starts = [0]
        for part in self.parts:
            starts.append(starts[-1] + part.chunk.duration_ms + _GAP_MS)
        cuts = [start - _GAP_MS // 2 for start in starts[1:-1]]
        for number, part in enumerate(self.parts):
            words = tuple(
                _later(word, -starts[number])
                for word in hypothesis.words
                if bisect(cuts, (word.start_ms + word.end_ms) // 2) == number
            )
            yield part, replace(hypothesis, words=words)


def _later(word: Word, by_ms: int) -> Word:
    return replace(word, start_ms=max(0, word.start_ms + by_ms), end_ms=max(0, word.end_ms + by_ms))


def _windows(
    tracks: Sequence[Sequence[_Part]], begun: Mapping[_Part, Any], longest_ms: int
) -> list[_Window]:
    """Windows of all parts of each track; ``begun`` holds what is encoded already.

    A window of 30 s costs the same however little is in it, so the last parts of two tracks share one
    where they fit.
    """
    last = [own[-1] for own in tracks if own and own[-1] not in begun]
    shared: tuple[_Part, ...] = ()
    if len(last) == 2 and sum(part.chunk.duration_ms for part in last) + _GAP_MS <= longest_ms:
        shared = tuple(last)
    alone = [
        _Window((part,), begun.get(part)) for own in tracks for part in own if part not in shared
    ]
    return [*alone, _Window(shared)] if shared else alone


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

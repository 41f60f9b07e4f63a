"""Whisper through faster-whisper and CTranslate2: the default recognizer.

faster-whisper's own two ways do not fit: the sequential one decodes one window at a time, the batched
one has no temperature fallback, without which Whisper repeats itself endlessly on hard sound. Here
chunks are decoded together, and only those that fail Whisper's two tests are decoded again, one by
one, at rising temperatures (Radford et al. 2022, section 4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.config import SpeechConfig
from audit.errors import ConfigError, ModelError
from audit.speech.decoding import (
    FALLBACK_SAMPLES,
    FALLBACK_SEED,
    Attempt,
    check_prompt,
    joined_words,
    prompt_text,
    with_fallback,
)
from audit.speech.hypothesis import Hypothesis
from audit.types import Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FILES = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True, eq=False)
class EncodedChunk:
    """A chunk as Whisper's encoder heard it.

    ``states`` is float32, shape ``(1500, width)``; ``frames`` is how many log-mel frames of 10 ms are
    sound and not filling.
    """

    states: NDArray[np.float32]
    frames: int


class FasterWhisperDecoder:
    """A CTranslate2 Whisper model in ``folder``, as a ``ChunkDecoder``.

    Raises ``ModelError`` when the folder is incomplete or damaged and ``ConfigError`` when the device,
    the compute type or the prompt cannot be used.
    """

    max_chunk_ms = 30_000

    def __init__(self, folder: Path, name: str, config: SpeechConfig) -> None:
        self.name = name
        self.batch_size = config.batch_size
        self._beam_size = config.beam_size
        self._model = _load(folder, config)
        self._prompt_tokens = self._encoded_prompt(config)

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> list[EncodedChunk]:
        """See :class:`audit.speech.decoding.ChunkDecoder`.

        On a CPU one after another: together they are no faster, and attention takes 70 MB for each.
        """
        size = 1 if self._model.model.device == "cpu" else max(1, len(sounds))
        encoded: list[EncodedChunk] = []
        for batch in (sounds[start : start + size] for start in range(0, len(sounds), size)):
            states = self._states(batch)
            encoded.extend(
                EncodedChunk(state, len(sound) // self._model.feature_extractor.hop_length)
                for state, sound in zip(states, batch, strict=True)
            )
        return encoded

    def decode(self, chunks: Sequence[EncodedChunk], language: str) -> list[Hypothesis]:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        import ctranslate2

        tokenizer = self._tokenizer(language)
        ctranslate2.set_random_seed(FALLBACK_SEED)
        encoded = _stacked([chunk.states for chunk in chunks])
        search = {"beam_size": self._beam_size}
        attempts = [
            with_fallback(first, self._sampler(chunk, tokenizer))
            for first, chunk in zip(
                self._generated(encoded, len(chunks), tokenizer, search), chunks, strict=True
            )
        ]
        frames = [chunk.frames for chunk in chunks]
        tokens = [list(attempt.tokens) for attempt in attempts]
        alignments = self._model.find_alignment(tokenizer, tokens, encoded, frames)
        return [
            Hypothesis(_words(alignment), attempt.avg_logprob, attempt.no_speech_probability)
            for alignment, attempt in zip(alignments, attempts, strict=True)
        ]

    def detect_language(self, chunk: EncodedChunk) -> tuple[str, float] | None:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        if not self._model.model.is_multilingual:
            return None
        token, probability = self._model.model.detect_language(_stacked([chunk.states]))[0][0]
        return token.strip("<|>"), float(probability)

    def _states(self, sounds: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """What the encoder makes of sounds: float32, shape ``(len(sounds), 1500, width)``."""
        import ctranslate2
        import numpy as np

        features = np.stack([self._features(sound) for sound in sounds])
        view = self._model.encode(features).to_device(ctranslate2.Device.cpu)
        return np.array(view.to(ctranslate2.DataType.float32))

    def _generated(
        self, encoded: Any, count: int, tokenizer: Any, search: dict[str, Any]
    ) -> list[Attempt]:
        """Texts for ``count`` encoded chunks by one search or sampling."""
        from faster_whisper.transcribe import get_suppressed_tokens

        prompt = [*self._prompt_tokens, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        results = self._model.model.generate(
            encoded,
            [prompt] * count,
            max_length=self._model.max_length,
            suppress_tokens=list(get_suppressed_tokens(tokenizer, [-1])),
            return_scores=True,
            return_no_speech_prob=True,
            **search,
        )
        return [_attempt(result, tokenizer) for result in results]

    def _sampler(self, chunk: EncodedChunk, tokenizer: Any) -> Callable[[float], Attempt]:
        def sample(temperature: float) -> Attempt:
            sampling = {
                "beam_size": 1,
                "num_hypotheses": FALLBACK_SAMPLES,
                "sampling_topk": 0,
                "sampling_temperature": temperature,
            }
            return self._generated(_stacked([chunk.states]), 1, tokenizer, sampling)[0]

        return sample

    def _features(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-mel features, float32, shape ``(n_mels, 3000)``, filled up with zeros.

        Filling up the sound with silence instead is no more accurate and lets the model invent more
        on music and noise.
        """
        from faster_whisper.audio import pad_or_trim

        features = self._model.feature_extractor(sound)[..., :-1]
        whole: NDArray[np.float32] = pad_or_trim(features)
        return whole

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        supported = self._model.supported_languages
        if language not in supported:
            raise ConfigError(
                f"speech.language: {self.name} does not know {language!r}; "
                f"give one of {', '.join(sorted(supported))}, or auto"
            )
        return Tokenizer(
            self._model.hf_tokenizer,
            self._model.model.is_multilingual,
            task="transcribe",
            language=language,
        )

    def _encoded_prompt(self, config: SpeechConfig) -> list[int]:
        """``<|startofprev|>`` with the hot words and the prompt, or nothing."""
        text = prompt_text(config.hotwords, config.initial_prompt)
        if not text:
            return []
        tokenizer = self._tokenizer(self._model.supported_languages[0])
        tokens = tokenizer.encode(" " + text)
        check_prompt(len(tokens))
        return [tokenizer.sot_prev, *tokens]


def resolve_model(model: str, offline: bool) -> Path:
    """The folder of a named faster-whisper model (``small``, ``org/name``), downloaded unless offline.

    Raises ``ModelError`` when it is neither here nor can be had, ``ConfigError`` for a wrong name.
    """
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(model, local_files_only=offline))
    except ValueError as error:
        raise ConfigError(
            f"faster-whisper:{model} is neither a folder nor a known model: {error}"
        ) from error
    except Exception as error:  # the hub client raises many unrelated classes
        raise ModelError(
            f"faster-whisper:{model} is not on this machine and cannot be downloaded"
            f"{' offline' if offline else f' ({type(error).__name__})'}. On a connected machine run: "
            f"python -c \"import faster_whisper as f; f.download_model('{model}', 'whisper-model')\", "
            "copy the folder whisper-model here and give --recognizer faster-whisper:whisper-model; "
            "or use faster-whisper:base"
        ) from error


def _load(folder: Path, config: SpeechConfig) -> Any:
    from faster_whisper import WhisperModel

    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"{folder}: not a CTranslate2 Whisper folder, {', '.join(missing)} missing; "
            "run `tasleek models verify`, or give another folder"
        )
    try:
        return WhisperModel(
            str(folder),
            device=config.device,
            compute_type=config.compute_type,
            cpu_threads=config.threads,
            local_files_only=True,
        )
    except ValueError as error:
        raise ConfigError(
            f"speech.device {config.device!r} with speech.compute_type {config.compute_type!r} "
            f"cannot be used here ({error}); cpu with int8 works everywhere"
        ) from error
    except Exception as error:  # ctranslate2 and tokenizers raise plain RuntimeError and Exception
        raise ModelError(
            f"{folder}: the Whisper model cannot be loaded ({error}); "
            "run `tasleek models verify` and `tasleek models fetch`"
        ) from error


def _stacked(states: Sequence[NDArray[np.float32]]) -> Any:
    import ctranslate2
    import numpy as np

    return ctranslate2.StorageView.from_array(np.stack(states))


def _attempt(result: Any, tokenizer: Any) -> Attempt:
    tokens = result.sequences_ids[0]
    # CTranslate2's score is the mean over the tokens without the end token; Whisper counts it too.
    avg_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
    return Attempt(
        tokens=tuple(token for token in tokens if token < tokenizer.eot),
        text=tokenizer.decode(tokens).strip(),
        avg_logprob=float(avg_logprob),
        no_speech_probability=float(result.no_speech_prob),
    )


def _words(alignment: list[dict[str, Any]]) -> tuple[Word, ...]:
    return joined_words(
        [
            (item["word"], float(item["start"]), float(item["end"]), float(item["probability"]))
            for item in alignment
        ]
    )

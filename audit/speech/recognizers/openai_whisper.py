"""Whisper through OpenAI's own package in PyTorch: the reference, several times slower."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
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

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray


class OpenAIWhisperDecoder:
    """An OpenAI checkpoint (``.pt``, read without unpickling) as a ``ChunkDecoder``.

    ``compute_type`` ``float16`` is used on a GPU; everything else computes in float32. Raises
    ``ModelError`` when the checkpoint is damaged, ``ConfigError`` when device or prompt cannot be used.
    """

    max_chunk_ms = 30_000

    def __init__(self, checkpoint: Path, name: str, config: SpeechConfig) -> None:
        self.name = name
        self.batch_size = config.batch_size
        self._beam_size = config.beam_size
        self._model = _load(checkpoint, config)
        self._fp16 = config.compute_type == "float16" and config.device != "cpu"
        self._prompt = prompt_text(config.hotwords, config.initial_prompt)
        if self._prompt:
            check_prompt(len(self._tokenizer(None).encode(" " + self._prompt)))

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
        """See :class:`audit.speech.decoding.ChunkDecoder`. The sounds themselves."""
        return sounds

    def decode(self, sounds: Sequence[NDArray[np.float32]], language: str) -> list[Hypothesis]:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        import torch
        from whisper.audio import HOP_LENGTH
        from whisper.timing import find_alignment

        tokenizer = self._tokenizer(language)
        torch.manual_seed(FALLBACK_SEED)
        features = [self._features(sound) for sound in sounds]
        firsts = self._attempts(torch.stack(features), language, {"beam_size": self._beam_size})
        heard: list[Hypothesis] = []
        for sound, feature, first in zip(sounds, features, firsts, strict=True):
            attempt = with_fallback(first, self._sampler(feature, language))
            timings = find_alignment(
                self._model, tokenizer, list(attempt.tokens), feature, len(sound) // HOP_LENGTH
            )
            words = joined_words(
                [(t.word, float(t.start), float(t.end), float(t.probability)) for t in timings]
            )
            heard.append(Hypothesis(words, attempt.avg_logprob, attempt.no_speech_probability))
        return heard

    def detect_language(self, sound: NDArray[np.float32]) -> tuple[str, float] | None:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        if not self._model.is_multilingual:
            return None
        _, probabilities = self._model.detect_language(self._features(sound))
        code = max(probabilities, key=probabilities.get)
        return code, float(probabilities[code])

    def _sampler(self, feature: torch.Tensor, language: str) -> Callable[[float], Attempt]:
        def sample(temperature: float) -> Attempt:
            sampling = {"temperature": temperature, "best_of": FALLBACK_SAMPLES}
            return self._attempts(feature[None], language, sampling)[0]

        return sample

    def _attempts(
        self, features: torch.Tensor, language: str, search: dict[str, Any]
    ) -> list[Attempt]:
        """Texts of ``features``, shape ``(batch, n_mels, 3000)``."""
        import whisper

        options = whisper.DecodingOptions(
            language=language,
            without_timestamps=True,
            prompt=self._prompt or None,
            fp16=self._fp16,
            **search,
        )
        results = whisper.decode(self._model, features, options)
        return [
            Attempt(tuple(r.tokens), r.text, float(r.avg_logprob), float(r.no_speech_prob))
            for r in results
        ]

    def _features(self, sound: NDArray[np.float32]) -> torch.Tensor:
        """Log-mel features, shape ``(n_mels, 3000)``, filled up with zeros."""
        import torch
        from whisper.audio import N_FRAMES, log_mel_spectrogram, pad_or_trim

        mel = log_mel_spectrogram(torch.from_numpy(sound), self._model.dims.n_mels)
        filled: torch.Tensor = pad_or_trim(mel, N_FRAMES).to(self._model.device)
        return filled

    def _tokenizer(self, language: str | None) -> Any:
        from whisper.tokenizer import LANGUAGES, get_tokenizer

        if language is not None and language not in LANGUAGES:
            raise ConfigError(
                f"speech.language: {self.name} does not know {language!r}; "
                f"give one of {', '.join(sorted(LANGUAGES))}, or auto"
            )
        return get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=language,
            task="transcribe",
        )


def resolve_checkpoint(place: Path | None, model: str, offline: bool) -> Path:
    """The checkpoint file: in ``place`` (file or folder), or OpenAI's ``model``, downloaded if allowed.

    Raises ``ConfigError`` for a wrong name and ``ModelError`` when it cannot be had.
    """
    if place is not None:
        if place.is_file():
            return place
        if found := sorted(place.glob("*.pt")):
            return found[0]
        raise ModelError(f"{place}: holds no OpenAI Whisper checkpoint (*.pt); give another folder")
    import whisper

    if model not in whisper.available_models():
        raise ConfigError(
            f"openai-whisper:{model} is neither a file nor a known model; "
            f"there are {', '.join(whisper.available_models())}"
        )
    return _downloaded(model, offline)


def _downloaded(model: str, offline: bool) -> Path:
    import whisper

    url = whisper._MODELS[model]
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"
    file = root / Path(url).name
    advice = (
        f"On a connected machine run `python -c \"import whisper; whisper.load_model('{model}')\"` and "
        f"copy its ~/.cache/whisper/{file.name} to {file}; or use openai-whisper:base"
    )
    if offline and not file.is_file():
        raise ModelError(
            f"openai-whisper:{model} is not on this machine and offline forbids the download. {advice}"
        )
    try:
        # Checks the hash in the address of a file that is there, downloads one that is not.
        return Path(whisper._download(url, str(root), False))
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"openai-whisper:{model} cannot be downloaded ({error}). {advice}"
        ) from error


def _load(checkpoint: Path, config: SpeechConfig) -> Any:
    import torch
    import whisper

    if config.threads:
        torch.set_num_threads(config.threads)
    try:
        device = torch.device(config.device)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"speech.device {config.device!r} cannot be used here ({error}); give cpu"
        ) from error
    try:
        model = whisper.load_model(str(checkpoint), device=device)
    except Exception as error:  # torch and whisper raise many classes on damaged files
        raise ModelError(
            f"{checkpoint}: not a usable OpenAI Whisper checkpoint ({type(error).__name__}); "
            "run `tasleek models verify` and `tasleek models fetch whisper-base-openai`"
        ) from error
    heads = whisper._ALIGNMENT_HEADS.get(checkpoint.stem.removeprefix("whisper-"))
    if heads is not None:
        model.set_alignment_heads(heads)
    return model

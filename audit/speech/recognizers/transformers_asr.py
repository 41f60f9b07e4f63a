"""Speech recognition checkpoints of Hugging Face transformers: Whisper's kind and CTC.

Weights are read from safetensors only, and code that a checkpoint brings along is never run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.config import SpeechConfig
from audit.errors import ConfigError, ModelError
from audit.speech.decoding import (
    FALLBACK_SEED,
    Attempt,
    ChunkDecoder,
    check_prompt,
    joined_words,
    prompt_text,
    with_fallback,
)
from audit.speech.hypothesis import Hypothesis
from audit.torchaudio_import import import_torchaudio
from audit.types import SAMPLE_RATE_HZ, Word

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

#: Whisper's output frames are 20 ms apart.
_WHISPER_FRAME_S = 0.02


def load_decoder(checkpoint: str, name: str, config: SpeechConfig, offline: bool) -> ChunkDecoder:
    """The decoder that fits a checkpoint: a folder, or an id of the hub (not with ``offline``).

    Raises ``ModelError`` when the checkpoint is missing, damaged or of another kind, and
    ``ConfigError`` when the device or the prompt cannot be used.
    """
    import_torchaudio()
    import torch
    import transformers

    if config.threads:
        torch.set_num_threads(config.threads)
    _check_device(config.device)
    local_only = offline or Path(checkpoint).exists()
    try:
        settings = transformers.AutoConfig.from_pretrained(checkpoint, local_files_only=local_only)
        is_whisper = settings.model_type == "whisper"
        kind = (
            transformers.WhisperForConditionalGeneration
            if is_whisper
            else transformers.AutoModelForCTC
        )
        on_gpu = config.device != "cpu" and config.compute_type == "float16"
        model = kind.from_pretrained(
            checkpoint,
            local_files_only=local_only,
            use_safetensors=True,
            dtype=torch.float16 if on_gpu else torch.float32,
            attn_implementation="eager",  # the only one that gives attentions, for word times
        )
        processor = transformers.AutoProcessor.from_pretrained(
            checkpoint, local_files_only=local_only
        )
    except Exception as error:  # transformers, the hub client and safetensors raise many classes
        raise ModelError(_load_message(checkpoint, name, offline, error)) from error
    model = model.to(config.device).eval()
    if is_whisper:
        return WhisperDecoder(model, processor, name, config)
    if prompt_text(config.hotwords, config.initial_prompt):
        raise ConfigError(
            f"speech.initial_prompt and speech.hotwords: {name} is a CTC model and hears no prompt; "
            "leave them empty"
        )
    return CtcDecoder(model, processor, name, config)


def _check_device(device: str) -> None:
    import torch

    try:
        torch.zeros(1, device=torch.device(device))
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"speech.device {device!r} cannot be used here ({error}); give cpu"
        ) from error


def _load_message(checkpoint: str, name: str, offline: bool, error: Exception) -> str:
    reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if Path(checkpoint).exists():
        return (
            f"{checkpoint}: not a usable speech recognition checkpoint ({reason}); it must hold "
            "config.json, model.safetensors, tokenizer and preprocessor_config.json of a Whisper or "
            "CTC model"
        )
    forbidden = "offline forbids the download" if offline else "it cannot be downloaded"
    return (
        f"{name} is not on this machine and {forbidden} ({reason}). On a connected machine run "
        f"`hf download {checkpoint} --local-dir asr-model`, copy the folder here and give "
        "--recognizer hf:asr-model; or use hf:base"
    )


class WhisperDecoder:
    """A Whisper checkpoint as a ``ChunkDecoder``."""

    max_chunk_ms = 30_000

    def __init__(self, model: Any, processor: Any, name: str, config: SpeechConfig) -> None:
        self.name = name
        self.batch_size = config.batch_size
        self._beam_size = config.beam_size
        self._model = model
        self._extractor = processor.feature_extractor
        self._tokenizer = processor.tokenizer
        self._end = int(model.config.eos_token_id)
        self._prompt = self._prompt_ids(config)

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
        """See :class:`audit.speech.decoding.ChunkDecoder`. The sounds themselves."""
        return sounds

    def decode(self, sounds: Sequence[NDArray[np.float32]], language: str) -> list[Hypothesis]:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        import torch

        self._check_language(language)
        torch.manual_seed(FALLBACK_SEED)
        heard: list[Hypothesis] = []
        with torch.inference_mode():
            features = self._features(sounds)
            sequences = self._generated(features, language, {"num_beams": self._beam_size})
            for index, (sound, tokens) in enumerate(zip(sounds, sequences, strict=True)):
                own = features[index : index + 1]
                first = self._attempt(own, language, tokens)
                attempt = with_fallback(first, self._sampler(own, language))
                words = self._words(own, language, attempt, len(sound) / SAMPLE_RATE_HZ)
                heard.append(Hypothesis(words, attempt.avg_logprob, attempt.no_speech_probability))
        return heard

    def detect_language(self, sound: NDArray[np.float32]) -> tuple[str, float] | None:
        """See :class:`audit.speech.decoding.ChunkDecoder`."""
        import torch

        languages = getattr(self._model.generation_config, "lang_to_id", None)
        if not languages:
            return None
        with torch.inference_mode():
            start = torch.tensor([[self._model.config.decoder_start_token_id]])
            logits = self._model(
                self._features([sound]), decoder_input_ids=start.to(self._model.device)
            ).logits[0, -1]
        codes, ids = zip(*sorted(languages.items()), strict=True)
        probabilities = logits[list(ids)].float().softmax(dim=-1)
        best = int(probabilities.argmax())
        return codes[best].strip("<|>"), float(probabilities[best])

    def _features(self, sounds: Sequence[NDArray[np.float32]]) -> torch.Tensor:
        """Log-mel features, shape ``(batch, n_mels, 3000)``."""
        found = self._extractor(list(sounds), sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
        features: torch.Tensor = found.input_features.to(self._model.device, self._model.dtype)
        return features

    def _generated(
        self, features: torch.Tensor, language: str, search: dict[str, Any]
    ) -> list[list[int]]:
        """Text tokens, without prompt, end and special tokens."""
        choice = {"language": language, "task": "transcribe"} if self._is_multilingual else {}
        sequences = self._model.generate(
            features, return_timestamps=False, prompt_ids=self._prompt_tensor(), **choice, **search
        )
        return [self._text_tokens(sequence.tolist()) for sequence in sequences]

    def _text_tokens(self, sequence: list[int]) -> list[int]:
        """What follows the prompt; the special tokens have higher numbers than all text."""
        prompt = self._prompt
        rest = sequence[len(prompt) :] if prompt and sequence[: len(prompt)] == prompt else sequence
        return [token for token in rest if token < self._end]

    def _sampler(self, features: torch.Tensor, language: str) -> Callable[[float], Attempt]:
        def sample(temperature: float) -> Attempt:
            sampling = {"do_sample": True, "num_beams": 1, "temperature": temperature}
            return self._attempt(
                features, language, self._generated(features, language, sampling)[0]
            )

        return sample

    def _attempt(self, features: torch.Tensor, language: str, tokens: list[int]) -> Attempt:
        """``tokens`` with their likelihood, from one pass of the decoder over them."""
        logits = self._forced(features, language, tokens).logits[0].float()
        start = len(self._beginning(language)) - 1
        chosen = logits[start:].log_softmax(dim=-1)
        targets = [*tokens, self._end]
        logprobs = chosen[range(len(targets)), targets]
        silence = self._tokenizer.convert_tokens_to_ids("<|nospeech|>")
        unknown = silence is None or silence == self._tokenizer.unk_token_id
        no_speech = 0.0 if unknown else float(logits[0].softmax(dim=-1)[silence])
        text = self._tokenizer.decode(tokens).strip()
        return Attempt(tuple(tokens), text, float(logprobs.mean()), no_speech)

    def _words(
        self, features: torch.Tensor, language: str, attempt: Attempt, limit_s: float
    ) -> tuple[Word, ...]:
        """Words with times from the cross-attention, by dynamic time warping as in Whisper's paper."""
        tokens = list(attempt.tokens)
        if not tokens:
            return ()
        output = self._forced(features, language, tokens, attentions=True)
        start = len(self._beginning(language)) - 1
        probabilities = output.logits[0, start:].float().softmax(dim=-1)
        chosen = probabilities[range(len(tokens)), tokens].tolist()
        attention = self._attention(output.cross_attentions, limit_s)
        starts = _token_starts(attention[start:])
        groups = group_words(tokens, self._tokenizer.decode)
        edges = [0]
        for group in groups:
            edges.append(edges[-1] + len(group))
        return joined_words(
            [
                (
                    self._tokenizer.decode(tokens[first:last]),
                    min(starts[first], limit_s),
                    min(starts[last], limit_s),
                    sum(chosen[first:last]) / (last - first),
                )
                for first, last in itertools.pairwise(edges)
            ]
        )

    def _attention(self, layers: Sequence[torch.Tensor], limit_s: float) -> torch.Tensor:
        """Mean standardized weights of the alignment heads, shape ``(tokens, frames)``."""
        import torch
        from transformers.models.whisper.generation_whisper import _median_filter

        heads = getattr(self._model.generation_config, "alignment_heads", None) or [
            (layer, head)
            for layer in range(len(layers) // 2, len(layers))
            for head in range(layers[layer].shape[1])
        ]
        frames = max(1, round(limit_s / _WHISPER_FRAME_S))
        weights = torch.stack([layers[layer][0, head, :, :frames] for layer, head in heads]).float()
        std, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        standardized = (weights - mean) / std.clamp_min(1e-8)
        width = self._model.config.median_filter_width
        mean_weights: torch.Tensor = _median_filter(standardized, width).mean(dim=0)
        return mean_weights

    def _forced(
        self, features: torch.Tensor, language: str, tokens: list[int], attentions: bool = False
    ) -> Any:
        """The decoder's output for the given text; row ``i`` predicts token ``i + 1``."""
        import torch

        given = [*self._beginning(language), *tokens]
        return self._model(
            features,
            decoder_input_ids=torch.tensor([given], device=self._model.device),
            output_attentions=attentions,
        )

    def _beginning(self, language: str) -> list[int]:
        settings = self._model.generation_config
        start = int(self._model.config.decoder_start_token_id)
        chosen = (
            [settings.lang_to_id[f"<|{language}|>"], settings.task_to_id["transcribe"]]
            if self._is_multilingual
            else []
        )
        return [start, *chosen, settings.no_timestamps_token_id]

    @property
    def _is_multilingual(self) -> bool:
        return bool(getattr(self._model.generation_config, "lang_to_id", None))

    def _check_language(self, language: str) -> None:
        known = getattr(self._model.generation_config, "lang_to_id", None)
        if known and f"<|{language}|>" not in known:
            codes = ", ".join(sorted(token.strip("<|>") for token in known))
            raise ConfigError(
                f"speech.language: {self.name} does not know {language!r}; give one of {codes}, or auto"
            )

    def _prompt_ids(self, config: SpeechConfig) -> list[int]:
        text = prompt_text(config.hotwords, config.initial_prompt)
        if not text:
            return []
        ids = [int(number) for number in self._tokenizer.get_prompt_ids(text)]
        check_prompt(len(ids) - 1)  # the first is <|startofprev|>
        return ids

    def _prompt_tensor(self) -> torch.Tensor | None:
        import torch

        return torch.tensor(self._prompt, device=self._model.device) if self._prompt else None


def _token_starts(attention: torch.Tensor) -> list[float]:
    """Start in seconds of each row of ``attention``, shape ``(tokens, frames)``."""
    import numpy as np
    from transformers.models.whisper.generation_whisper import _dynamic_time_warping

    rows, frames = _dynamic_time_warping(-attention.cpu().double().numpy())
    first = np.pad(np.diff(rows), (1, 0), constant_values=1).astype(bool)
    starts: list[float] = (frames[first] * _WHISPER_FRAME_S).tolist()
    return starts


def group_words(tokens: Sequence[int], decode: Callable[[list[int]], str]) -> list[list[int]]:
    """``tokens`` grouped into words: a word begins where the text has a space.

    A letter may be spread over byte tokens, so tokens are joined until they decode to whole letters.
    """
    words: list[list[int]] = []
    pending: list[int] = []
    for token in tokens:
        pending.append(token)
        text = decode(pending)
        if "\ufffd" in text:
            continue
        if words and not text.startswith(" "):
            words[-1].extend(pending)
        else:
            words.append(pending)
        pending = []
    if pending:
        words.append(pending)
    return words


class CtcDecoder:
    """A CTC checkpoint (wav2vec 2.0, HuBERT, w2v-BERT …) as a ``ChunkDecoder``; greedy decoding."""

    max_chunk_ms = 30_000

    def __init__(self, model: Any, processor: Any, name: str, config: SpeechConfig) -> None:
        self.name = name
        self.batch_size = config.batch_size
        self._model = model
        self._processor = processor

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.float32]]:
        """See :class:`audit.speech.decoding.ChunkDecoder`. The sounds themselves."""
        return sounds

    def decode(self, sounds: Sequence[NDArray[np.float32]], language: str) -> list[Hypothesis]:
        """See :class:`audit.speech.decoding.ChunkDecoder`. The model knows only its own language."""
        import torch

        with torch.inference_mode():
            return [self._decoded(sound) for sound in sounds]

    def detect_language(self, sound: NDArray[np.float32]) -> tuple[str, float] | None:
        """``None``: a CTC model cannot tell languages apart."""
        return None

    def _decoded(self, sound: NDArray[np.float32]) -> Hypothesis:
        inputs = self._processor(sound, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")
        inputs = {name: value.to(self._model.device) for name, value in inputs.items()}
        logits = self._model(**inputs).logits[0].float()
        probabilities, ids = logits.softmax(dim=-1).max(dim=-1)
        frame_s = len(sound) / SAMPLE_RATE_HZ / max(1, len(ids))
        found = self._processor.tokenizer.decode(ids.tolist(), output_word_offsets=True)
        return Hypothesis(
            joined_words(
                [
                    (
                        word["word"],
                        word["start_offset"] * frame_s,
                        word["end_offset"] * frame_s,
                        float(probabilities[word["start_offset"] : word["end_offset"]].mean()),
                    )
                    for word in found.word_offsets
                ]
            )
        )

"""A fine-tuned BERT encoder served by CTranslate2 in int8, without torch.

The shipped weights are float16 safetensors. At first use they are converted, with numpy alone, into a
CTranslate2 model in the user's cache, in a folder named by the hash of the weights, so that a changed
model is never served from an old conversion.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError
from audit.language.turn_tokens import TurnTokens
from audit.weights.cache import cache_dir, remove_leftovers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WEIGHTS, CONFIG = "model.safetensors", "config.json"
#: Part of the name of a conversion; raised when the conversion itself changes.
CONVERSION = "ct2-int8-1"
_BATCH = 32
_CONVERTING = ".converting-"


class TurnEncoder:
    """Pooled vectors of turns. Not thread-safe; one a worker."""

    def __init__(
        self, folder: Path, weights: dict[str, Any], threads: int = 0, cache: Path | None = None
    ) -> None:
        """``weights`` are those of ``folder``; ``threads`` 0 lets CTranslate2 choose.

        Raises ``ModelError`` when a tensor is missing or the cache cannot be written.
        """
        import ctranslate2

        if "query.weight" not in weights:
            raise ModelError(f"{folder}: 'query.weight' is missing from its {WEIGHTS}")
        self._query = weights["query.weight"].astype("float32")[0]
        converted = converted_encoder(folder, weights, cache or cache_dir() / "encoders")
        self._encoder = ctranslate2.Encoder(
            str(converted), device="cpu", compute_type="int8", intra_threads=threads
        )

    def pooled(self, turns: Sequence[TurnTokens]) -> Floats:
        """Vectors ``(turns, 2 x width)``: the mean over the text beside the attention pooling."""
        import numpy as np

        width = self._query.shape[0]
        vectors = np.zeros((len(turns), 2 * width), np.float32)
        order = sorted(range(len(turns)), key=lambda i: len(turns[i].ids))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            batch = [turns[i] for i in chosen]
            output = self._encoder.forward_batch(
                [list(t.ids) for t in batch], token_type_ids=_padded_types(batch)
            )
            states = np.array(output.last_hidden_state, dtype=np.float32)
            for place, turn in enumerate(batch):
                vectors[chosen[place]] = self._pool(states[place], turn)
        return vectors

    def _pool(self, states: Floats, turn: TurnTokens) -> Floats:
        import numpy as np

        own = states[: len(turn.ids)]
        weight = np.exp(own @ self._query - (own @ self._query).max())
        mean = own[turn.text_start : turn.text_end + 1].mean(0)
        return np.concatenate([mean, weight @ own / weight.sum()])


def converted_encoder(folder: Path, weights: dict[str, Any], cache: Path) -> Path:
    """The CTranslate2 folder of the encoder, made if the cache does not have it.

    It is built beside its place and moved there in one step: a killed run leaves nothing half made.
    """
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    target = cache / f"{digest[:24]}-{CONVERSION}"
    if (target / "model.bin").is_file():
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        remove_leftovers(cache, _CONVERTING)
        made = Path(tempfile.mkdtemp(prefix=_CONVERTING, dir=cache))
    except OSError as error:
        raise ModelError(
            f"{cache}: the converted classifier cannot be written here ({error}); "
            "make it writable or set TASLEEK_CACHE to a folder that is"
        ) from error
    try:
        _convert(read_config(folder), weights, made)
        try:
            os.rename(made, target)
        except OSError:
            # Another process was first; its conversion is the same.
            if not (target / "model.bin").is_file():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` of a model folder. Raises ``ModelError`` when it is missing or not JSON."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: no usable {CONFIG} ({error}); install tasleek again or name a trained model"
        ) from error
    if not isinstance(config, dict):
        raise ModelError(f"{folder / CONFIG}: not a JSON object")
    return config


def read_weights(folder: Path) -> dict[str, Any]:
    """The tensors of a model folder, by name. Raises ``ModelError`` when the file is damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"{folder}: no usable {WEIGHTS} ({error}); install tasleek again or name a trained model"
        ) from error


def _padded_types(batch: Sequence[TurnTokens]) -> list[list[int]]:
    longest = max(len(turn.types) for turn in batch)
    return [list(turn.types) + [0] * (longest - len(turn.types)) for turn in batch]


def _convert(config: dict[str, Any], weights: dict[str, Any], out: Path) -> None:
    """Write the encoder as a CTranslate2 model; the layout is that of CTranslate2's ``BertLoader``."""
    from ctranslate2.specs import common_spec, transformer_spec

    try:
        spec = transformer_spec.TransformerEncoderModelSpec(
            transformer_spec.TransformerEncoderSpec(
                config["num_hidden_layers"],
                config["num_attention_heads"],
                pre_norm=False,
                activation=common_spec.Activation.GELU,
                layernorm_embedding=True,
                num_source_embeddings=2,
                embeddings_merge=common_spec.EmbeddingsMerge.ADD,
            )
        )
        _fill(spec.encoder, weights)
    except KeyError as error:
        raise ModelError(
            f"{error} is missing from the classifier's {WEIGHTS} or {CONFIG}; install tasleek again"
        ) from error
    spec.register_vocabulary([f"<{index}>" for index in range(config["vocab_size"])])
    spec.config.unk_token = "<3>"
    spec.config.layer_norm_epsilon = config["layer_norm_eps"]
    spec.validate()
    spec.optimize(quantization="int8_float32")
    spec.save(str(out))


def _fill(encoder: Any, weights: dict[str, Any]) -> None:
    import numpy as np

    def tensor(name: str) -> Floats:
        return np.ascontiguousarray(weights[f"encoder.{name}"], dtype=np.float32)

    def norm(spec: Any, name: str) -> None:
        spec.gamma, spec.beta = tensor(f"{name}.weight"), tensor(f"{name}.bias")

    def linear(spec: Any, *names: str) -> None:
        spec.weight = np.concatenate([tensor(f"{name}.weight") for name in names])
        spec.bias = np.concatenate([tensor(f"{name}.bias") for name in names])

    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = tensor("embeddings.word_embeddings.weight")
    encoder.embeddings[1].weight = tensor("embeddings.token_type_embeddings.weight")
    encoder.position_encodings.encodings = tensor("embeddings.position_embeddings.weight")
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for index, layer in enumerate(encoder.layer):
        name = f"encoder.layer.{index}"
        own = f"{name}.attention.self"
        linear(layer.self_attention.linear[0], f"{own}.query", f"{own}.key", f"{own}.value")
        linear(layer.self_attention.linear[1], f"{name}.attention.output.dense")
        norm(layer.self_attention.layer_norm, f"{name}.attention.output.LayerNorm")
        linear(layer.ffn.linear_0, f"{name}.intermediate.dense")
        linear(layer.ffn.linear_1, f"{name}.output.dense")
        norm(layer.ffn.layer_norm, f"{name}.output.LayerNorm")

"""whisper-base as other libraries want it: an OpenAI checkpoint and a transformers folder.

The weights are the same; tensors are renamed, and the projections that CTranslate2 joins (query, key,
value) are split again. Whisper's key projection has no bias, so CTranslate2's must be zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError
from audit.weights.ct2_format import read_ct2

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

#: Whisper was trained on texts of at most this many tokens and 30 s of sound at 16 kHz.
_HOP_LENGTH, _N_FFT, _CHUNK_S, _RATE_HZ = 160, 400, 30, 16_000


def write_openai_checkpoint(source: Path, target: Path) -> None:
    """``whisper-base.pt`` in ``target`` from the CTranslate2 folder ``source``.

    Raises ``ModelError`` when the source is damaged or not a Whisper model.
    """
    import torch

    variables = read_ct2(source / "model.bin")
    state = openai_state(variables)
    torch.save(
        {"dims": openai_dimensions(variables), "model_state_dict": state},
        target / "whisper-base.pt",
    )


def write_transformers_folder(source: Path, target: Path) -> None:
    """A folder that ``WhisperForConditionalGeneration.from_pretrained`` loads; errors as above."""
    from safetensors.torch import save_file

    variables = read_ct2(source / "model.bin")
    dims = openai_dimensions(variables)
    ct2_config = _read_json(source / "config.json")
    state = {_hf_name(name): tensor for name, tensor in openai_state(variables).items()}
    save_file(state, target / "model.safetensors", metadata={"format": "pt"})
    tokenizer_text = (source / "tokenizer.json").read_text(encoding="utf-8")
    (target / "tokenizer.json").write_text(tokenizer_text, encoding="utf-8")
    ids = _special_ids(json.loads(tokenizer_text))
    _write_json(target / "config.json", _hf_config(dims, ids))
    _write_json(target / "generation_config.json", _hf_generation(ct2_config, ids))
    _write_json(target / "preprocessor_config.json", _hf_features(dims["n_mels"]))
    _write_json(target / "tokenizer_config.json", _hf_tokenizer())


def openai_dimensions(variables: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """The ``dims`` of an OpenAI checkpoint."""
    try:
        state, n_mels = (int(n) for n in variables["encoder/conv1/weight"].shape[:2])
        return {
            "n_mels": n_mels,
            "n_vocab": int(variables["decoder/embeddings/weight"].shape[0]),
            "n_audio_ctx": int(variables["encoder/position_encodings/encodings"].shape[0]),
            "n_audio_state": state,
            "n_audio_head": int(variables["encoder/num_heads"]),
            "n_audio_layer": _layers(variables, "encoder"),
            "n_text_ctx": int(variables["decoder/position_encodings/encodings"].shape[0]),
            "n_text_state": state,
            "n_text_head": int(variables["decoder/num_heads"]),
            "n_text_layer": _layers(variables, "decoder"),
        }
    except (KeyError, ValueError) as error:
        raise ModelError(f"not the variables of a Whisper model: {error}") from error


def openai_state(variables: Mapping[str, NDArray[Any]]) -> dict[str, torch.Tensor]:
    """The ``model_state_dict`` of an OpenAI checkpoint, in the types of the source."""
    try:
        return _State(variables).tensors()
    except (KeyError, ValueError, RuntimeError) as error:
        raise ModelError(f"not the variables of a Whisper model: {error}") from error


class _State:
    """Collects tensors under their OpenAI names."""

    def __init__(self, variables: Mapping[str, NDArray[Any]]) -> None:
        self._source = variables
        self._found: dict[str, torch.Tensor] = {}

    def tensors(self) -> dict[str, torch.Tensor]:
        for side in ("encoder", "decoder"):
            for index in range(_layers(self._source, side)):
                self._block(side, index)
            encodings = self._tensor(f"{side}/position_encodings/encodings")
            self._found[f"{side}.positional_embedding"] = encodings
        self._affine("encoder.conv1", "encoder/conv1")
        self._affine("encoder.conv2", "encoder/conv2")
        self._norm("encoder.ln_post", "encoder/layer_norm")
        self._norm("decoder.ln", "decoder/layer_norm")
        self._found["decoder.token_embedding.weight"] = self._tensor("decoder/embeddings/weight")
        return self._found

    def _block(self, side: str, index: int) -> None:
        source, target = f"{side}/layer_{index}", f"{side}.blocks.{index}"
        attention = f"{source}/self_attention"
        self._projections(f"{target}.attn", f"{attention}/linear_0", ("query", "key", "value"))
        self._affine(f"{target}.attn.out", f"{attention}/linear_1")
        self._norm(f"{target}.attn_ln", f"{attention}/layer_norm")
        if side == "decoder":
            cross = f"{source}/attention"
            self._projections(f"{target}.cross_attn", f"{cross}/linear_0", ("query",))
            self._projections(f"{target}.cross_attn", f"{cross}/linear_1", ("key", "value"))
            self._affine(f"{target}.cross_attn.out", f"{cross}/linear_2")
            self._norm(f"{target}.cross_attn_ln", f"{cross}/layer_norm")
        self._affine(f"{target}.mlp.0", f"{source}/ffn/linear_0")
        self._affine(f"{target}.mlp.2", f"{source}/ffn/linear_1")
        self._norm(f"{target}.mlp_ln", f"{source}/ffn/layer_norm")

    def _projections(self, target: str, source: str, names: tuple[str, ...]) -> None:
        weights = self._tensor(f"{source}/weight").chunk(len(names))
        biases = self._tensor(f"{source}/bias").chunk(len(names))
        for name, weight, bias in zip(names, weights, biases, strict=True):
            self._found[f"{target}.{name}.weight"] = weight.clone()
            if name != "key":
                self._found[f"{target}.{name}.bias"] = bias.clone()
            elif bool(bias.any()):
                raise ValueError(f"{source} has a key bias, which Whisper has not")

    def _affine(self, target: str, source: str) -> None:
        self._found[f"{target}.weight"] = self._tensor(f"{source}/weight")
        self._found[f"{target}.bias"] = self._tensor(f"{source}/bias")

    def _norm(self, target: str, source: str) -> None:
        self._found[f"{target}.weight"] = self._tensor(f"{source}/gamma")
        self._found[f"{target}.bias"] = self._tensor(f"{source}/beta")

    def _tensor(self, name: str) -> torch.Tensor:
        import torch

        return torch.from_numpy(self._source[name].copy())


def _layers(variables: Mapping[str, NDArray[Any]], side: str) -> int:
    numbers = (re.match(rf"{side}/layer_(\d+)/", name) for name in variables)
    return max(int(number[1]) for number in numbers if number) + 1


#: OpenAI's names to those of transformers, in order.
_HF_NAMES = (
    (".blocks.", ".layers."),
    (".cross_attn_ln.", ".encoder_attn_layer_norm."),
    (".cross_attn.", ".encoder_attn."),
    (".attn_ln.", ".self_attn_layer_norm."),
    (".attn.", ".self_attn."),
    (".mlp_ln.", ".final_layer_norm."),
    (".mlp.0.", ".fc1."),
    (".mlp.2.", ".fc2."),
    (".query.", ".q_proj."),
    (".key.", ".k_proj."),
    (".value.", ".v_proj."),
    (".out.", ".out_proj."),
    ("encoder.ln_post.", "encoder.layer_norm."),
    ("decoder.ln.", "decoder.layer_norm."),
    (".positional_embedding", ".embed_positions.weight"),
    (".token_embedding.", ".embed_tokens."),
)


def _hf_name(name: str) -> str:
    for old, new in _HF_NAMES:
        name = name.replace(old, new)
    return f"model.{name}"


def _special_ids(tokenizer: Mapping[str, Any]) -> dict[str, int]:
    return {token["content"]: int(token["id"]) for token in tokenizer["added_tokens"]}


def _hf_config(dims: Mapping[str, int], ids: Mapping[str, int]) -> dict[str, Any]:
    end = ids["<|endoftext|>"]
    return {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "vocab_size": dims["n_vocab"],
        "num_mel_bins": dims["n_mels"],
        "d_model": dims["n_audio_state"],
        "encoder_layers": dims["n_audio_layer"],
        "encoder_attention_heads": dims["n_audio_head"],
        "encoder_ffn_dim": 4 * dims["n_audio_state"],
        "decoder_layers": dims["n_text_layer"],
        "decoder_attention_heads": dims["n_text_head"],
        "decoder_ffn_dim": 4 * dims["n_text_state"],
        "max_source_positions": dims["n_audio_ctx"],
        "max_target_positions": dims["n_text_ctx"],
        "activation_function": "gelu",
        "scale_embedding": False,
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "decoder_start_token_id": ids["<|startoftranscript|>"],
        "torch_dtype": "float16",
    }


def _hf_generation(ct2_config: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, Any]:
    end = ids["<|endoftext|>"]
    # Languages stand between the start and the tasks; what is no language comes after them.
    first, last = ids["<|startoftranscript|>"] + 1, ids["<|translate|>"]
    return {
        "alignment_heads": ct2_config["alignment_heads"],
        "suppress_tokens": ct2_config["suppress_ids"],
        "begin_suppress_tokens": ct2_config["suppress_ids_begin"],
        "lang_to_id": {token: number for token, number in ids.items() if first <= number < last},
        "task_to_id": {"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]},
        "is_multilingual": True,
        "no_timestamps_token_id": ids["<|notimestamps|>"],
        "prev_sot_token_id": ids["<|startofprev|>"],
        "decoder_start_token_id": ids["<|startoftranscript|>"],
        "bos_token_id": end,
        "eos_token_id": end,
        "pad_token_id": end,
        "max_initial_timestamp_index": 50,
        "max_length": 448,
        "return_timestamps": False,
    }


def _hf_features(n_mels: int) -> dict[str, Any]:
    return {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "feature_size": n_mels,
        "sampling_rate": _RATE_HZ,
        "hop_length": _HOP_LENGTH,
        "n_fft": _N_FFT,
        "chunk_length": _CHUNK_S,
        "n_samples": _CHUNK_S * _RATE_HZ,
        "nb_max_frames": _CHUNK_S * _RATE_HZ // _HOP_LENGTH,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
    }


def _hf_tokenizer() -> dict[str, Any]:
    end = "<|endoftext|>"
    return {
        "tokenizer_class": "WhisperTokenizer",
        "processor_class": "WhisperProcessor",
        "bos_token": end,
        "eos_token": end,
        "unk_token": end,
        "pad_token": end,
        "model_max_length": 1024,
        "clean_up_tokenization_spaces": False,
    }


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); run `tasleek models fetch`") from error
    return content


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")

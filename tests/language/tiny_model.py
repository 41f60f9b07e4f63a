"""A model folder and a base that are small enough to be made in a test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from audit.language.calibration import Calibration, Output, write_calibration
from audit.types import LABELS, POSITIVES

WIDTH, LAYERS, HEADS, INNER, PLACES = 16, 2, 2, 32, 200
WORDS = [
    *("ان", "شاء", "الله", "خير", "تطمن", "رفعت", "لك", "البلاغ", "والمشرف", "خالد", "يكلمك"),
    *("اليوم", "متي", "ينحل", "طلبي", "السلام", "عليكم"),
]
VOCABULARY = ["<s>", "<pad>", "</s>", "<unk>", *WORDS]


def write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {word: place for place, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(folder: Path, seed: int = 1) -> Path:
    """A model folder with random weights."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(0.0, 0.3, shape).astype(np.float16)

    tensors = {
        "encoder.embeddings.word_embeddings.weight": normal(len(VOCABULARY), WIDTH),
        "encoder.embeddings.position_embeddings.weight": normal(PLACES, WIDTH),
        "encoder.embeddings.token_type_embeddings.weight": normal(2, WIDTH),
        "query.weight": normal(1, WIDTH),
        "query.bias": normal(1),
        "heads.weight": normal(12, 2 * WIDTH),
        "heads.bias": normal(12),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        own = f"encoder.layer.{layer}"
        for name, rows, columns in (
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", INNER, WIDTH),
            ("output.dense", WIDTH, INNER),
        ):
            tensors[f"encoder.{own}.{name}.weight"] = normal(rows, columns)
            tensors[f"encoder.{own}.{name}.bias"] = normal(rows)
        norms += [f"{own}.attention.output.LayerNorm", f"{own}.output.LayerNorm"]
    for norm in norms:
        tensors[f"encoder.{norm}.weight"] = (1 + normal(WIDTH)).astype(np.float16)
        tensors[f"encoder.{norm}.bias"] = normal(WIDTH)
    save_file(tensors, folder / "model.safetensors")
    config = {
        "name": "tiny-1",
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "vocab_size": len(VOCABULARY),
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    write_tokenizer(folder)
    write_calibration(
        Calibration(
            Output(1.0, 2.0, 0.5),
            dict.fromkeys(LABELS, Output(1.0, 0.0, 0.5)),
            dict.fromkeys(POSITIVES, Output(1.0, 0.0, 0.5)),
            (0.45, 0.55),
        ),
        folder,
    )
    return folder

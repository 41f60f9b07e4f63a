from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from audit.errors import ConfigError, ModelError
from audit.language.classifier import load_classifier
from audit.language.encoder import TurnEncoder, read_weights
from audit.language.transformer import TransformerClassifier, read_tokenizer
from audit.language.turn_tokens import (
    MAX_CONTEXT_PIECES,
    MAX_TEXT_PIECES,
    join_pieces,
    tokenize_turn,
)
from audit.torchaudio_import import import_torchaudio
from audit.types import TurnInput
from tests.language.tiny_model import HEADS, INNER, LAYERS, PLACES, VOCABULARY, WIDTH, write_model

TURNS = [
    TurnInput("متى ينحل طلبي", "إن شاء الله خير تطمن"),
    TurnInput("", "السلام عليكم"),
    TurnInput("متى", "رفعت لك البلاغ والمشرف خالد يكلمك اليوم إن شاء الله"),
    TurnInput("متى ينحل طلبي متى ينحل", ""),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny-1")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def test_pieces_are_cut_where_it_hurts_least() -> None:
    tokens = join_pieces(list(range(10, 90)), list(range(100, 300)), (0, 2))
    context = tokens.ids[1 : 1 + MAX_CONTEXT_PIECES]
    text = tokens.ids[tokens.text_start : tokens.text_end]
    assert context[-1] == 89
    assert len(text) == MAX_TEXT_PIECES
    assert (text[0], text[-1]) == (100, 299)
    assert tokens.types[: tokens.text_start] == (0,) * tokens.text_start
    assert set(tokens.types[tokens.text_start :]) == {1}


def test_the_served_encoder_is_the_trained_one(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    import_torchaudio()
    transformers = pytest.importorskip("transformers")
    from audit.training.turn_network import TurnNetwork, padded

    weights = read_weights(folder)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=WIDTH, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=INNER, max_position_embeddings=PLACES,
    )  # fmt: skip
    network = TurnNetwork(transformers.BertModel(config, add_pooling_layer=False), WIDTH)
    network.load_state_dict(
        {k: torch.from_numpy(v.astype(np.float32)) for k, v in weights.items()}, strict=False
    )
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    tokens = [tokenize_turn(tokenizer, turn) for turn in TURNS]
    with torch.inference_mode():
        trained = network.eval().pooled(*padded(tokens)).numpy()
    served = TurnEncoder(folder, weights, threads=1).pooled(tokens)
    assert np.abs(served - trained).max() < 0.15  # int8 against float32
    same = (served * trained).sum(1) / np.linalg.norm(served, axis=1)
    assert (same / np.linalg.norm(trained, axis=1) > 0.99).all()


def test_scores_do_not_depend_on_the_company(folder: Path) -> None:
    classifier = TransformerClassifier(folder, threads=1)
    together = classifier.score(TURNS, evidence=False)
    alone = [classifier.score([turn], evidence=False)[0] for turn in TURNS]
    for a, b in zip(together, alone, strict=True):
        assert a.brush_off == pytest.approx(b.brush_off, abs=2e-3)
    assert classifier.score([]) == ()


def test_evidence_is_words_of_the_turn(folder: Path) -> None:
    classifier = TransformerClassifier(folder, threads=1)
    scores = classifier.score(TURNS * 3)
    assert any(score.flagged for score in scores)
    for turn, score in zip(TURNS * 3, scores, strict=True):
        assert all(phrase in turn.text for phrase in score.evidence)
        assert not score.evidence or score.flagged


def test_a_changed_model_is_converted_anew(tmp_path: Path) -> None:
    first = TransformerClassifier(write_model(tmp_path / "a", 1), 1, tmp_path / "cache")
    second = TransformerClassifier(write_model(tmp_path / "a", 2), 1, tmp_path / "cache")
    assert first.score(TURNS[:1]) != second.score(TURNS[:1])
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_scoring_does_not_import_torch(folder: Path) -> None:
    TransformerClassifier(folder, threads=1)  # converts
    code = (
        "import sys; from audit.language.classifier import load_classifier\n"
        "from audit.types import TurnInput\n"
        f"load_classifier({str(folder)!r}).score([TurnInput('', 'خير')])\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_a_damaged_folder_is_named(tmp_path: Path, name: str, damage: str) -> None:
    folder = write_model(tmp_path / "broken")
    content = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage == "cut":
        (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelError, match="broken"):
        TransformerClassifier(folder)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="TASLEEK_CACHE"):
        TransformerClassifier(folder, cache=tmp_path / "file" / "cache")


def test_classifiers_are_chosen_by_name(folder: Path) -> None:
    assert load_classifier("lexicon").name == "lexicon-1"
    assert load_classifier(str(folder)).name == "tiny-1"
    for unknown in ("brushof-1", "hf:"):
        with pytest.raises(ConfigError, match="unknown classifier"):
            load_classifier(unknown)

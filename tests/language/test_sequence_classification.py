from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.errors import ModelError
from audit.language.classifier import load_classifier
from audit.torchaudio_import import import_torchaudio
from audit.types import LABELS, TurnInput
from tests.language.tiny_model import VOCABULARY, write_tokenizer

pytest.importorskip("torch")


def checkpoint(folder: Path, outputs: list[str]) -> Path:
    import_torchaudio()
    import torch
    import transformers

    torch.manual_seed(3)
    folder.mkdir()
    write_tokenizer(folder)
    tokenizer: Any = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>", model_max_length=64,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, id2label=dict(enumerate(outputs)),
        label2id={name: place for place, name in enumerate(outputs)},
    )  # fmt: skip
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("outputs", [["stalling", "deflection"], ["brush_off", *LABELS]])
def test_a_checkpoint_with_our_labels_scores(tmp_path: Path, outputs: list[str]) -> None:
    classifier = load_classifier(f"hf:{checkpoint(tmp_path / 'model', outputs)}")
    turns = [TurnInput("متي ينحل طلبي", "ان شاء الله خير"), TurnInput("", "تطمن " * 100)]
    for score in classifier.score(turns):
        assert [item.label for item in score.labels] == list(LABELS)
        assert bool(score.flagged) == (score.brush_off >= classifier.threshold("stalling"))


def test_other_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="id2label"):
        load_classifier(f"hf:{checkpoint(tmp_path / 'model', ['positive', 'negative'])}")


def test_a_folder_without_a_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_classifier(f"hf:{tmp_path}")

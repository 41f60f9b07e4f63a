"""A small CTC checkpoint that hears one letter in every frame goes through the adapter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from audit.config import SpeechConfig
from audit.errors import ConfigError, ModelError
from audit.speech.recognizer import SpeechTrack, load_recognizer
from audit.torchaudio_import import import_torchaudio
from audit.types import Segment


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import_torchaudio()
    import torch
    import transformers

    path = tmp_path_factory.mktemp("ctc")
    letters = {"<pad>": 0, "<unk>": 1, "|": 2, **{char: 3 + i for i, char in enumerate("ابتجدنمو")}}
    (path / "vocab.json").write_text(json.dumps(letters), encoding="utf-8")
    config = transformers.Wav2Vec2Config(
        vocab_size=len(letters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        pad_token_id=0,
    )
    model = transformers.Wav2Vec2ForCTC(config)
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head.bias.copy_(5.0 * torch.eye(len(letters))[letters["ن"]])
    model.save_pretrained(path)
    tokenizer = transformers.Wav2Vec2CTCTokenizer(
        str(path / "vocab.json"), pad_token="<pad>", unk_token="<unk>", word_delimiter_token="|"
    )
    extractor = transformers.Wav2Vec2FeatureExtractor()
    transformers.Wav2Vec2Processor(extractor, tokenizer).save_pretrained(path)
    return path


def test_words_have_times_and_probabilities(folder: Path) -> None:
    found = load_recognizer(SpeechConfig(recognizer=f"hf:{folder}"), offline=True)
    samples = np.random.default_rng(0).normal(0, 0.2, 16_000 * 4).astype(np.float32)
    [heard] = found.recognize([SpeechTrack(samples, (Segment(500, 3_500),))])
    assert (heard.language, heard.language_probability) == ("ar", 1.0)
    [word] = heard.words
    assert word.text == "ن"
    assert word.start_ms == pytest.approx(500, abs=50)
    assert word.end_ms == pytest.approx(3_500, abs=50)
    assert word.probability == pytest.approx(np.exp(5) / (np.exp(5) + 10), abs=1e-3)


def test_a_prompt_is_refused(folder: Path) -> None:
    config = SpeechConfig(recognizer=f"hf:{folder}", initial_prompt="مرحبا")
    with pytest.raises(ConfigError, match="CTC"):
        load_recognizer(config, offline=True)


def test_a_pickled_checkpoint_is_refused(folder: Path, tmp_path: Path) -> None:
    import torch

    shutil.copytree(folder, tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").unlink()
    torch.save({"a": torch.zeros(1)}, tmp_path / "m" / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load_recognizer(SpeechConfig(recognizer=f"hf:{tmp_path / 'm'}"), offline=True)

"""Training from end to end on a tiny encoder and a few dozen turns."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audit.errors import ModelError, UsageError
from audit.language.conversation import ConversationTurn
from audit.language.transformer import TransformerClassifier
from audit.language.verdict import read_call_model
from audit.torchaudio_import import import_torchaudio
from audit.training.corpus import AnnotatedCall, AnnotatedTurn, Corpus, Origin, Split
from audit.types import TurnInput
from tests.language.tiny_model import VOCABULARY, write_tokenizer

pytest.importorskip("torch")
pytest.importorskip("sklearn")

BRUSH_OFF, PROPER = "ان شاء الله خير تطمن", "رفعت لك البلاغ والمشرف خالد يكلمك اليوم"


def origin(group: str, place: int) -> Origin:
    splits: tuple[Split, ...] = ("train", "train", "calibration")
    return Origin("a", group, "najdi", "bank", splits[place % 3])


def corpus() -> Corpus:
    rng = random.Random(1)
    turns = []
    for place in range(60):
        words = [rng.choice(VOCABULARY[4:]) for _ in range(3)]
        for own, labels, positives in (
            (BRUSH_OFF, ("placation",), ()),
            (PROPER, (), ("commitment",)),
        ):
            text = " ".join([*own.split(), *words[: rng.randrange(3)]])
            turns.append(
                AnnotatedTurn(
                    f"t{len(turns):03}", origin(f"g{place}", place),
                    TurnInput("متي ينحل طلبي", text), labels, positives,
                )
            )  # fmt: skip
    calls = [call(place, place % 2 == 0) for place in range(36)]
    return Corpus(tuple(turns), tuple(calls))


def call(place: int, brush_off: bool) -> AnnotatedCall:
    said = BRUSH_OFF if brush_off else PROPER
    resolutions = ("none", "committed", "deferred", "resolved")
    return AnnotatedCall(
        id=f"c{place:02}",
        origin=origin(f"c{place:02}", place // 4),
        turns=(
            ConversationTurn("agent", "السلام عليكم"),
            ConversationTurn("caller", "متي ينحل طلبي"),
            ConversationTurn("agent", said),
        ),
        labels=((), (), ("placation",) if brush_off else ()),
        positives=((), (), () if brush_off else ("commitment",)),
        brush_off=brush_off,
        brush_off_score=80 if brush_off else 10,
        resolution=resolutions[place % 4],  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import_torchaudio()
    import torch
    import transformers

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("base")
    config = transformers.BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=200,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def test_it_learns_what_the_corpus_teaches(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from audit.training.build_turn_model import build_turn_model
    from audit.training.evaluate_calls import evaluate_calls, score_calls
    from audit.training.evaluate_turns import evaluate_turns
    from audit.training.train_calls import train_call_model
    from audit.training.train_turns import TurnTraining
    from audit.training.turn_report import calls_markdown, turns_markdown

    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path / "cache"))
    data, out = corpus(), tmp_path / "tiny-2"
    options = TurnTraining(layers=2, epochs=12, batch=8, learning_rate=3e-3, noise_share=0.1)
    lines: list[str] = []
    build_turn_model(data, base, out, options, report=lines.append)
    assert any("network 2 of 2" in line for line in lines)
    classifier = TransformerClassifier(out, threads=1)
    turns = [turn for turn in data.turns if turn.origin.split == "calibration"]
    evaluation = evaluate_turns(classifier, turns, noise_rates=(0.2,))
    assert evaluation.auc.value > 0.95
    assert evaluation.noise[0].auc.value > 0.8
    assert "tiny-2" in turns_markdown([evaluation])

    train_call_model(data, out)
    model = read_call_model(out / "calls.json")
    scored = score_calls(classifier, data.calls_of("calibration"))
    calls = evaluate_calls("tiny-2", scored, model)
    assert calls.auc.value > 0.9
    assert "resolution" in calls_markdown([calls])


def test_baselines_are_fitted_and_measured_on_what_they_did_not_see(base: Path) -> None:
    from audit.training.baselines import (
        LinearBaseline,
        frozen_features,
        leave_one_out,
        ngram_features,
    )

    data = corpus()
    train, other = data.turns_of("train"), data.turns_of("calibration")
    inputs = [turn.input for turn in train]
    for features in (ngram_features(inputs), frozen_features(base, inputs, layers=(1, 2))):
        scores = (
            LinearBaseline("b", features, 1.0).fit(train, other).score([t.input for t in other])
        )
        right = [bool(s.flagged) == t.brush_off for s, t in zip(scores, other, strict=True)]
        assert sum(right) / len(right) > 0.9
    (left, right_) = leave_one_out(data.turns, lambda turn: str(int(turn.id[1:]) % 4 < 2))
    assert left.turns + right_.turns == len(data.turns)
    assert min(left.auc.value, right_.auc.value) > 0.9


def test_a_corpus_without_calibration_is_refused(base: Path, tmp_path: Path) -> None:
    from audit.training.build_turn_model import build_turn_model
    from audit.training.train_turns import TurnTraining

    data = corpus()
    train = tuple(turn for turn in data.turns if turn.origin.split == "train")
    with pytest.raises(UsageError, match="calibration"):
        build_turn_model(Corpus(train, ()), base, tmp_path / "out", TurnTraining(layers=2))


def test_a_base_that_is_none_is_named(tmp_path: Path) -> None:
    from audit.training.turn_network import load_base

    with pytest.raises(ModelError, match=str(tmp_path)):
        load_base(tmp_path, 2)


def test_more_layers_than_there_are_is_an_error(base: Path) -> None:
    from audit.training.turn_network import load_base

    with pytest.raises(ModelError, match="at least 9 layers"):
        load_base(base, 9)


def test_calls_without_cross_fitted_scores_are_named(tmp_path: Path) -> None:
    from audit.training.cross_fitted import read_call_logits

    with pytest.raises(ModelError, match="train turns"):
        read_call_logits(tmp_path / "cross-fitted-calls.json")

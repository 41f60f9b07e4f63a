from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ModelError
from audit.language.call_features import call_features
from audit.language.conversation import ConversationTurn
from audit.language.verdict import CallModel, Linear, judge_call, read_call_model, write_call_model
from audit.types import LABELS, POSITIVES, RESOLUTIONS, LabelScore, TurnScore

TURNS = (
    ConversationTurn("agent", "السلام عليكم معك سارة كيف أقدر أخدمك"),
    ConversationTurn("caller", "طلبي متأخر من شهر"),
    ConversationTurn("agent", "إن شاء الله خير الموضوع ماشي لا تشيل هم"),
    ConversationTurn("caller", "متى طيب"),
    ConversationTurn("agent", "برفعه للمشرف خالد وأكلمك قبل الخميس"),
    ConversationTurn("caller", "تمام شكرا"),
)


def turn_score(brush_off: float, commitment: float = 0.1) -> TurnScore:
    return TurnScore(
        brush_off,
        tuple(LabelScore(x, brush_off if x == "placation" else 0.1) for x in LABELS),
        ("placation",) if brush_off >= 0.5 else (),
        positives=("commitment",) if commitment >= 0.5 else (),
        positive_scores=tuple(
            LabelScore(x, commitment if x == "commitment" else 0.1) for x in POSITIVES
        ),
    )


SCORES = {0: turn_score(0.05), 2: turn_score(0.95), 4: turn_score(0.1, 0.9)}


def model(**weights: float) -> CallModel:
    names = tuple(call_features(TURNS, SCORES))
    own = Linear(tuple(weights.get(name.replace(" ", "_"), 0.0) for name in names), 0.0)
    zero = Linear((0.0,) * len(names), 0.0)
    return CallModel(
        features=names,
        mean=(0.0,) * len(names),
        scale=(1.0,) * len(names),
        brush_off=own,
        threshold=0.4,
        unsure=(0.3, 0.5),
        resolution=(zero, replace(zero, intercept=1.0), zero, zero),
    )


def test_the_features_are_the_same_for_any_call() -> None:
    shorter = call_features(TURNS[:3], {0: SCORES[0], 2: SCORES[2]})
    assert list(shorter) == list(call_features(TURNS, SCORES))


def test_a_later_promise_shows_as_repair() -> None:
    repaired = call_features(TURNS, SCORES)["repair"]
    without = call_features(TURNS, SCORES | {4: turn_score(0.1)})["repair"]
    assert repaired > without


@given(st.floats(-20, 20))
def test_the_score_is_on_the_side_of_the_verdict(weight: float) -> None:
    verdict = judge_call(TURNS, SCORES, model(brush_off_max=weight))
    assert verdict.brush_off == (verdict.brush_off_score >= 50.0)
    assert 0.0 <= verdict.brush_off_score <= 100.0


def test_evidence_names_the_turns() -> None:
    verdict = judge_call(TURNS, SCORES, model(brush_off_max=1.0))
    assert verdict.resolution == RESOLUTIONS[1]
    assert any(line.startswith("turn 2: placation") for line in verdict.evidence)
    assert any(line.startswith("turn 4") for line in verdict.evidence)


def test_a_missing_promise_is_told() -> None:
    verdict = judge_call(TURNS[:4], {2: turn_score(0.9)}, model())
    assert any("no promise" in line for line in verdict.evidence)


def test_a_call_without_agent_words_is_unsure() -> None:
    verdict = judge_call((ConversationTurn("caller", "ألو"),), {})
    assert verdict.unsure
    assert not verdict.brush_off


def test_it_is_read_as_written(tmp_path: Path) -> None:
    write_call_model(model(repair=-0.5), tmp_path / "calls.json")
    assert read_call_model(tmp_path / "calls.json") == model(repair=-0.5)


@pytest.mark.parametrize("content", ["", "{}", '{"features": ["a"]}'])
def test_a_damaged_model_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calls.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"calls\.json"):
        read_call_model(path)


def test_a_model_of_other_features_is_refused() -> None:
    other = replace(model(), features=("something else",), mean=(0.0,), scale=(1.0,))
    with pytest.raises(ModelError, match="train calls"):
        judge_call(TURNS, SCORES, other)

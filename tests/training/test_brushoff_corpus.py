"""The corpus that the project ships: its form, its splits, and that its surface gives nothing away."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from audit.errors import UsageError
from audit.language.normalization import normalize
from audit.resources import resource_path
from audit.training.corpus import (
    SPLITS,
    AnnotatedTurn,
    read_calls,
    read_turns,
    turns_of_calls,
)
from audit.types import LABELS, RESOLUTIONS

FOLDER = resource_path("data/brushoff")
TURNS = read_turns(FOLDER / "turns.jsonl")
CALLS = read_calls(FOLDER / "calls.jsonl")

#: What a model could go by without reading: length and the presence of typical words.
CUES = (
    r"[0-9٠-٩]",
    r"\b(واحد|اثنين|ثنين|ثلاث|اربع|أربع|خمس|ست|سبع|ثمان|تسع|عشر|مية|الف|ألف)",
    r"(السلام|هلا|مرحبا|أهلا|اهلا|حياك|صباح|مساء)",
    r"(إن شاء الله|ان شاء الله|انشاء الله|إنشاء الله|انشالله|نشالله)",
    r"الله",
    r"(آسف|اسف|عذر|اعتذر|أعتذر|نعتذر|شكر|مشكور|يعطيك العافية)",
    r"[؟?]",
    r"(اليوم|بكرة|بكره|الحين|دحين|الساعة|يوم|ساعة|ساعه|اسبوع|أسبوع|شهر|دقيقة|دقايق|بعدين|قريب)",
    r"(النظام|السيستم|سيستم|التطبيق|الموقع)",
    r"(الفرع|فرع|المكتب|مكتب)",
    r"(طلب|تذكرة|تذكره|بلاغ|شكوى|شكوي|معاملة)",
    r"\b(ما|مو|مش|لا|مب|مهو|مافي)\b",
)


def surface(turn: AnnotatedTurn) -> list[float]:
    text = turn.input.text
    words = len(text.split())
    return [words, math.log1p(words), len(text), *(bool(re.search(cue, text)) for cue in CUES)]


def test_there_are_enough_turns_and_calls() -> None:
    assert len(TURNS) >= 4000
    assert len(CALLS) >= 250
    assert len({turn.origin.author for turn in TURNS}) >= 5


def test_names_are_unique_and_files_sorted() -> None:
    for items in (TURNS, CALLS):
        ids = [item.id for item in items]
        assert ids == sorted(set(ids))
    assert len({turn.input for turn in TURNS}) == len(TURNS)


def test_every_label_and_resolution_is_there_in_each_split() -> None:
    for split in SPLITS:
        labels = Counter(x for t in TURNS if t.origin.split == split for x in t.labels)
        assert min(labels[label] for label in LABELS) >= 15
        resolutions = Counter(c.resolution for c in CALLS if c.origin.split == split)
        assert min(resolutions[name] for name in RESOLUTIONS) >= 2


def test_no_group_lies_in_two_splits() -> None:
    seen: dict[str, set[str]] = {}
    for turn in TURNS + turns_of_calls(CALLS):
        seen.setdefault(turn.origin.group, set()).add(turn.origin.split)
    assert all(len(splits) == 1 for splits in seen.values())
    shares = Counter(turn.origin.split for turn in TURNS)
    assert 0.6 <= shares["train"] / len(TURNS) <= 0.8
    assert shares["test"] >= 600


def test_every_text_is_there() -> None:
    assert all(turn.input.text.strip() and len(turn.input.text.split()) <= 80 for turn in TURNS)
    for call in CALLS:
        assert {turn.role for turn in call.turns} == {"agent", "caller"}
        assert call.brush_off == (call.brush_off_score >= 50)
        assert 0 <= call.brush_off_score <= 100


def test_brush_offs_and_proper_turns_are_about_as_many() -> None:
    assert 0.42 <= sum(turn.brush_off for turn in TURNS) / len(TURNS) <= 0.55
    assert 0.42 <= sum(call.brush_off for call in CALLS) / len(CALLS) <= 0.58


def test_the_surface_gives_nothing_away() -> None:
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    truth = [turn.brush_off for turn in TURNS]
    found = cross_val_predict(
        make_pipeline(StandardScaler(), LogisticRegression()),
        [surface(turn) for turn in TURNS], truth, groups=[t.origin.group for t in TURNS],
        cv=GroupKFold(5), method="predict_proba",
    )  # fmt: skip
    assert roc_auc_score(truth, found[:, 1]) <= 0.60


def test_no_two_turns_of_different_situations_share_a_skeleton() -> None:
    """A skeleton is a run of eight words with the numbers left out."""
    groups: dict[tuple[str, ...], set[str]] = {}
    for turn in TURNS:
        words = [w for w in normalize(turn.input.text).split() if not w.isdigit()]
        for at in range(len(words) - 7):
            groups.setdefault(tuple(words[at : at + 8]), set()).add(turn.origin.group)
    shared = {run: names for run, names in groups.items() if len(names) > 1}
    assert len({name for names in shared.values() for name in names}) <= 0.01 * len(TURNS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": ["rude"]}, "rude"),
        ({"split": "dev"}, "dev"),
        ({"text": None, "labels": None}, "line 2"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, change: dict[str, object], told: str) -> None:
    line = json.loads((FOLDER / "turns.jsonl").read_text(encoding="utf-8").splitlines()[0])
    path = tmp_path / "turns.jsonl"
    path.write_text(f"{json.dumps(line)}\n{json.dumps(line | change)}\n")
    with pytest.raises(UsageError, match=told) as caught:
        read_turns(path)
    assert "line 2" in str(caught.value)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"calls\.jsonl"):
        read_calls(tmp_path / "calls.jsonl")

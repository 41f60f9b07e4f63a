from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from audit.cli.training import register
from audit.errors import UsageError

APP = typer.Typer()
register(APP)


def turn(place: int, text: str, labels: list[str]) -> dict[str, object]:
    return {
        "id": f"t{place}", "author": "a", "group": f"g{place}", "dialect": "najdi",
        "topic": "bank", "context": "متى ينحل طلبي", "text": text, "labels": labels,
        "positives": [] if labels else ["commitment"], "hard": False, "split": "test",
    }  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    turns = [turn(i, "تطمن إن شاء الله خير", ["placation"]) for i in range(5)]
    turns += [turn(i, "أكلمك قبل الخميس", []) for i in range(5, 10)]
    call = {
        "id": "c1", "author": "a", "dialect": "najdi", "topic": "bank", "brush_off": True,
        "brush_off_score": 80, "resolution": "none", "note": "", "split": "test",
        "turns": [
            {"speaker": "caller", "text": "متى ينحل طلبي"},
            {"speaker": "agent", "text": "تطمن", "labels": ["placation"], "positives": []},
        ],
    }  # fmt: skip
    for name, lines in (("turns", turns), ("calls", [call])):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_turns_are_evaluated_into_tables_and_json(corpus: Path) -> None:
    out = corpus / "figures.json"
    command = ["evaluate", "turns", "--corpus", str(corpus), "--classifier", "lexicon"]
    result = CliRunner().invoke(APP, [*command, "--json-out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "| lexicon-1 |" in result.stdout
    (figures,) = json.loads(out.read_text(encoding="utf-8"))
    assert figures["turns"] == 10
    assert figures["auc"]["value"] > 0.9
    assert len(figures["labels"]) == 7


def test_a_split_of_one_kind_cannot_be_evaluated(corpus: Path) -> None:
    for part, split in (("turns", "train"), ("calls", "test")):
        command = ["evaluate", part, "--corpus", str(corpus), "--classifier", "lexicon"]
        result = CliRunner().invoke(APP, [*command, "--split", split])
        assert isinstance(result.exception, UsageError)
        assert "both" in str(result.exception)


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(APP, ["evaluate", "turns", "--corpus", str(tmp_path / "none")])
    assert isinstance(result.exception, UsageError)
    assert "none" in str(result.exception)


def test_only_what_can_be_left_out_is_taken(corpus: Path) -> None:
    command = ["evaluate", "turns", "--corpus", str(corpus), "--leave-one-out", "colour"]
    result = CliRunner().invoke(APP, command)
    assert isinstance(result.exception, UsageError)
    assert "dialect" in str(result.exception)

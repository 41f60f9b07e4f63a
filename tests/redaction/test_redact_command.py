"""`tasleek redact` as its users meet it."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from audit.cli.redaction import register
from audit.errors import UsageError


@pytest.fixture
def redact(tmp_path):
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)

    def run(content, out="out.jsonl"):
        source = tmp_path / "in.jsonl"
        if content is not None:
            source.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = CliRunner().invoke(app, ["redact", str(source), "--out", str(tmp_path / out)])
        written = tmp_path / out
        lines = written.read_text(encoding="utf-8").splitlines() if written.is_file() else []
        return result, lines

    return run


def test_a_line_comes_back_redacted_with_its_entities(redact):
    result, lines = redact(json.dumps({"id": 7, "text": "جوالي 0551234567"}) + "\n\n")
    assert result.exit_code == 0
    assert json.loads(lines[0]) == {
        "id": 7,
        "text": "جوالي [جوال]",
        "entities": [{"type": "phone", "start": 6, "end": 16, "text": "0551234567"}],
    }


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"{", "line 2"),
        (b"[]", "not a JSON object"),
        (b'{"text": "x"}', '"id" is missing'),
        (b'{"id": 1}', '"text" is missing'),
        (b'{"id": 1, "text": 5}', '"text" must be text'),
        (b'{"id": 1, "text": "\\ud800"}', "lone surrogate"),
        (b'{"id": 1, "text": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "line 2"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_others_are_done(redact, bad, reason):
    good = b'{"id": 1, "text": "a"}\n'
    result, lines = redact(good + bad + b"\n" + good)
    assert result.exit_code == 1
    assert "line 2: " in result.stderr
    assert reason in result.stderr
    assert len(lines) == 2


def test_a_missing_input_is_named(redact):
    result, _ = redact(None)
    assert isinstance(result.exception, UsageError)
    assert "in.jsonl: no such file" in str(result.exception)


def test_the_input_is_never_overwritten(redact):
    content = '{"id": 1, "text": "a"}\n'
    result, lines = redact(content, out="in.jsonl")
    assert isinstance(result.exception, UsageError)
    assert lines == [content.strip()]


def test_an_output_that_cannot_be_written_is_named(redact):
    result, _ = redact('{"id": 1, "text": "a"}\n', out="missing/out.jsonl")
    assert isinstance(result.exception, UsageError)
    assert "out.jsonl" in str(result.exception)

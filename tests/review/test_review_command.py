"""`tasleek review` as it is typed; the page has tests of its own."""

from __future__ import annotations

import pytest

from audit.cli import app
from audit.errors import ConfigError, StoreError, UsageError
from audit.review.verdicts import ReviewInputError
from audit.store.queries import run_query
from tests.review.calls import three_calls


def run(*arguments, input=""):
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, ["review", *map(str, arguments)], input=input)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def db(tmp_path):
    return three_calls(tmp_path)


def test_a_sample_is_drawn_and_judged_in_the_terminal(db):
    typed = "b\n4\n\nn\nq\n"
    result = run("--db", db, "--text", "--lang", "en", "--reviewer", "sara", "--sample",
                 "random=2,double=0.5,seed=3", input=typed)  # fmt: skip
    assert result.exit_code == 0
    assert "drawn 2 of 3 calls (2 random), 2 blind, 1 of them for two reviewers" in result.output
    assert "--sample random=2,flagged=0,uncertain=0,per=all,double=0.5,blind=random,seed=3" in (
        result.output
    )
    assert run_query(db, "SELECT verdict, reviewer, blind FROM reviews").rows == (
        ("brush_off", "sara", True),
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--sample", "rnd=3"], UsageError, "known are random"),
        (["--reviewer", ""], ReviewInputError, "printable characters"),
        (["--text", "--port", "8000"], UsageError, "--text opens no page"),
        (["--config", "nope.toml"], ConfigError, "no such configuration file"),
    ],
)
def test_wrong_use_is_told_before_anything_is_opened(db, arguments, error, message):
    with pytest.raises(error, match=message):
        run("--db", db, *arguments)


def test_a_form_that_is_wrong_stops_it(db, tmp_path):
    file = tmp_path / "tasleek.toml"
    file.write_text('[scorecard]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="version must be text"):
        run("--db", db, "--text", "--config", file)


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match="no such database"):
        run("--db", tmp_path / "x.duckdb", "--text")
    assert list(tmp_path.iterdir()) == []

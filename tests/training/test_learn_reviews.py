"""Learning from reviews on a small model, from the database to the command."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from audit.chosen_model import chosen_model
from audit.cli import app
from audit.config import load_config
from audit.errors import ModelError, UsageError
from audit.language.classifier import load_classifier, model_folder
from audit.language.transformer import TransformerClassifier
from audit.store.database import open_database
from audit.store.learning import LearningCall, learning_calls
from audit.training.compare_models import ComparedFigure, compare_models
from audit.training.corpus import Corpus
from audit.training.learn_calls import learn_calls
from audit.training.learn_reviews import BaseModel, base_model, learn_from_reviews, next_version
from audit.training.learn_turns import learn_turns
from audit.training.metrics import Figure
from audit.training.model_parts import ModelParts, calibrated_alone
from audit.training.reviewed import reviewed_call, split_reviews
from audit.types import TurnInput
from tests.agreement.reviewed_calls import Invented, one, whole, write_calls, write_reviews
from tests.training.small_models import (
    ASKED,
    GOOD,
    TELLING,
    reviewed_database,
    small_corpus,
    write_small_model,
)

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASLEEK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def base(cache, tmp_path_factory):
    return write_small_model(tmp_path_factory.mktemp("models") / "tiny-1")


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    return reviewed_database(tmp_path_factory.mktemp("reviewed") / "calls.duckdb")


@pytest.fixture(scope="module")
def learned(base, db, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "tiny-1+r1"
    return learn_from_reviews(db, BaseModel("tiny-1", base), small_corpus(), out)


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TASLEEK_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_it_learns_what_people_heard(base, learned):
    turns = [TurnInput(ASKED, f"{GOOD} {TELLING}"), TurnInput(ASKED, GOOD)]
    before = TransformerClassifier(base, threads=1).score(turns)
    after = TransformerClassifier(learned.folder, threads=1).score(turns)
    assert before[0].brush_off - before[1].brush_off < 0.3
    assert after[0].brush_off - after[1].brush_off > 0.5
    assert "placation" in after[0].flagged
    figures = {figure.name: figure for figure in learned.comparison.reviews}
    assert figures["turn F1"].new > figures["turn F1"].old + 0.05
    assert figures["turn log-loss"].new < figures["turn log-loss"].old
    assert figures["call F1"].new > figures["call F1"].old


def test_nothing_is_lost_on_the_corpus(learned):
    for figure in learned.comparison.corpus:
        if figure.guarded:
            assert figure.new >= figure.old - 0.005, figure
    assert learned.comparison.recommended, learned.comparison.objections


def test_the_written_weights_are_the_learned_correction(base, db):
    parts = ModelParts(base)
    corpus = small_corpus()
    with open_database(db) as connection:
        reviews = split_reviews(learning_calls(connection))
    turns = [turn.input for call in reviews.learned for turn in call.scored][:40]
    learned = learn_turns(parts, reviews.learned, corpus.turns_of("calibration"))
    expected = learned.log_odds(parts, parts.see(turns))
    assert np.abs(expected - parts.see(turns).log_odds)[:, 0].max() > 1.0
    from audit.language.verdict import read_call_model
    from audit.training.learn_reviews import _write

    out = base.parent / "written"
    out.mkdir()
    _write(parts, learned, read_call_model(base / "calls.json"), out, {"name": "written"})
    found = ModelParts(out).see(turns).log_odds
    np.testing.assert_allclose(found, expected, atol=0.05)  # float16 weights


def test_the_scores_that_calls_learn_from_are_of_models_that_did_not_see_them(base, db):
    """A label that is chance cannot be predicted, however strong the correction."""
    parts = ModelParts(base)
    with open_database(db) as connection:
        calls = [reviewed_call(call) for call in learning_calls(connection)]
    rng = np.random.default_rng(7)
    shuffled = [
        replace(
            call,
            scored=tuple(
                replace(turn, brush_off=bool(rng.random() < 0.5), labels=(None,) * 7)
                for turn in call.scored
            ),
        )
        for call in calls
    ]
    learned = learn_turns(parts, shuffled, small_corpus().turns_of("calibration"))
    scores = [learned.scores[c.call_id][t.place].brush_off for c in shuffled for t in c.scored]
    truth = [t.brush_off for c in shuffled for t in c.scored]
    apart = np.mean([s for s, t in zip(scores, truth, strict=True) if t]) - np.mean(
        [s for s, t in zip(scores, truth, strict=True) if not t]
    )
    assert apart < 0.15


def test_few_judged_calls_leave_the_call_verdict_alone(base, db):
    from audit.language.verdict import read_call_model

    parts = ModelParts(base)
    with open_database(db) as connection:
        calls = [reviewed_call(call) for call in learning_calls(connection)][:8]
    lines = []
    learned = learn_turns(parts, calls, small_corpus().turns_of("calibration"), lines.append)
    model = read_call_model(base / "calls.json")
    assert learn_calls(model, calls, learned, (), lines.append) is model
    assert any("too few" in line and line.startswith("deflection") for line in lines)
    assert "calls: 4 brush-offs, 4 proper: too few" in lines[-1]


def test_the_folder_tells_what_it_is(learned, base):
    card = (learned.folder / "README.md").read_text(encoding="utf-8")
    config = json.loads((learned.folder / "config.json").read_text())
    assert (config["name"], config["base"], config["recommended"]) == ("tiny-1+r1", "tiny-1", True)
    assert "| learned from |" in card
    assert "held-out reviews" in card
    assert "dose" in card
    assert GOOD not in card
    assert "sara" not in card
    assert not list(learned.folder.parent.glob(".learning*"))
    assert oct(learned.folder.stat().st_mode & 0o777) == "0o755"


def test_too_few_reviews_are_counted(base, tmp_path):
    path = write_calls(tmp_path / "few.duckdb", [Invented("a", 80, flags=((1, "placation"),))])
    write_reviews(path, [one("a", "sara", "confirmed", blind=False), whole("a", "sara", True)])
    with pytest.raises(UsageError, match="30 calls and 20 turns of each kind are needed"):
        learn_from_reviews(path, BaseModel("tiny-1", base), small_corpus(), tmp_path / "out")


def test_a_corpus_that_cannot_guard_is_refused(base, db, tmp_path):
    corpus = small_corpus()
    train = Corpus(tuple(t for t in corpus.turns if t.origin.split != "test"), corpus.calls)
    with pytest.raises(UsageError, match="'test'"):
        learn_from_reviews(db, BaseModel("tiny-1", base), train, tmp_path / "out")


def test_an_existing_folder_is_kept(base, db, tmp_path):
    with pytest.raises(UsageError, match="exists"):
        learn_from_reviews(db, BaseModel("tiny-1", base), small_corpus(), tmp_path)


def test_a_model_that_forgets_is_not_recommended(base, db, tmp_path):
    """The comparison itself: a model whose verdicts are turned round."""
    with open_database(db) as connection:
        reviews = split_reviews(learning_calls(connection))
    good = TransformerClassifier(base, threads=1)

    class Turned:
        name, call_model = "turned", good.call_model

        def score(self, turns, *, evidence=True):
            return tuple(
                replace(s, brush_off=1 - s.brush_off, flagged=() if s.flagged else ("placation",))
                for s in good.score(turns, evidence=False)
            )

        def threshold(self, label):
            return 0.5

    found = compare_models(good, Turned(), small_corpus(), reviews.held_out)
    assert not found.recommended
    assert any("turn ROC-AUC of the corpus falls" in text for text in found.objections)
    same = compare_models(good, good, small_corpus(), reviews.held_out)
    assert same.objections == ("turn log-loss of held-out reviews does not fall",)
    none = compare_models(good, good, small_corpus(), ())
    assert none.objections == ("the held-out reviews are too few to compare on",)


def test_only_guarded_figures_may_not_fall():
    change = Figure(-0.1, -0.2, 0.0)
    assert ComparedFigure("x", 9, 0.9, 0.894, change, True).lost
    assert not ComparedFigure("x", 9, 0.9, 0.896, change, True).lost
    assert not ComparedFigure("x", 9, 0.9, 0.1, change, False).lost


def call_of(labels=(), flags=(), brush_off=None):
    turns = ((0, "caller", ASKED), (1, "agent", GOOD), (2, "agent", GOOD))
    return LearningCall("c", brush_off, turns, frozenset(flags), tuple(labels))


def test_what_is_known_of_a_turn():
    rejected = ((1, "placation"), False)
    flag = (1, "placation")
    confirmed = reviewed_call(call_of([((1, "placation"), True)], [flag])).scored[0]
    assert confirmed.brush_off is True
    assert confirmed.labels == (True, None, None, None, None, None, None)
    proper = reviewed_call(call_of([rejected], [flag])).scored[0]
    assert proper.truth == (False,) * 8
    two_flags = reviewed_call(call_of([rejected], [flag, (1, "stalling")])).scored[0]
    assert two_flags.brush_off is None
    assert two_flags.labels[0] is False
    relabelled = reviewed_call(call_of([rejected, ((1, "stalling"), True)], [flag])).scored[0]
    assert relabelled.truth == (True, False, None, True, None, None, None, None)
    silent = reviewed_call(call_of([rejected], [flag]))
    assert [turn.place for turn in silent.judged] == [1]
    assert silent.scored[1].truth == (None,) * 8


def test_a_call_is_always_held_out_or_never(db):
    with open_database(db) as connection:
        calls = learning_calls(connection)
    first = split_reviews(calls)
    again = split_reviews(calls[: len(calls) - 10])
    assert {c.call_id for c in again.held_out} <= {c.call_id for c in first.held_out}
    assert 0.15 < len(first.held_out) / len(calls) < 0.45


def test_versions_count_on(tmp_path):
    assert next_version("m-1", tmp_path / "none") == "m-1+r1"
    for name in ("m-1+r1", "m-1+r7", "m-10+r9", "m-1+rx"):
        (tmp_path / name).mkdir()
    assert next_version("m-1", tmp_path) == "m-1+r8"


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_a_used_model_is_found_and_checked(learned, data_folder, base):
    folder = data_folder / "models" / "tiny-1+r1"
    import shutil

    shutil.copytree(learned.folder, folder)
    shipped = load_config(environment={}).scoring.classifier
    assert "in use" not in run("models", "list").split("tiny-1+r1")[1]
    assert "tiny-1+r1 is used" in run("models", "use", "tiny-1+r1")
    assert load_config(environment={}).scoring.classifier == "tiny-1+r1"
    assert load_classifier(str(folder)).name == "tiny-1+r1"
    assert load_classifier("tiny-1+r1").call_model is not None
    assert "in use" in run("models", "list").split("tiny-1+r1")[1]
    # What is configured comes first.
    told = {"TASLEEK_SCORING__CLASSIFIER": "lexicon"}
    assert load_config(environment=told).scoring.classifier == "lexicon"
    from audit.doctor import _classifier

    assert "chosen" in _classifier().detail
    # A corrected model is corrected from its own base, not on top.
    with pytest.raises(UsageError, match="--model"):
        base_model(str(folder))

    with (folder / "calibration.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelError, match=r"calibration\.json changed"):
        load_classifier(str(folder))
    assert not _classifier().ok
    assert "damaged" in run("models", "list")
    # New sums do not help: the choice knows the old ones.
    from audit.chosen_model import write_sums

    write_sums(folder)
    with pytest.raises(ModelError, match="SHA256SUMS changed"):
        load_classifier(str(folder))
    assert "shipped" in run("models", "use", "--shipped")
    assert chosen_model() is None
    assert load_config(environment={}).scoring.classifier == shipped


def test_what_cannot_be_used_is_said(data_folder, base, tmp_path):
    for arguments, why in (
        (["nothing"], "models list"),
        ([base], "train --with-reviews"),
        ([], "--shipped"),
        (["x", "--shipped"], "--shipped"),
    ):
        with pytest.raises(UsageError, match=why):
            run("models", "use", *arguments)


def test_a_model_that_is_not_recommended_needs_a_word(learned, data_folder):
    import shutil

    from audit.chosen_model import write_sums

    folder = data_folder / "models" / "tiny-1+r2"
    shutil.copytree(learned.folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"recommended": False}))
    write_sums(folder)
    with pytest.raises(UsageError, match="not recommended"):
        run("models", "use", "tiny-1+r2")
    assert chosen_model() is None
    assert "is used" in run("models", "use", "tiny-1+r2", "--anyway")


def test_the_command_learns_switches_and_scores_again(base, db, data_folder, tmp_path):
    """Train, use, rescore: the verdicts change, the reviews stay."""
    import shutil

    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write_corpus(corpus)
    work = tmp_path / "calls.duckdb"
    shutil.copyfile(db, work)
    text = run("train", "--with-reviews", "--db", work, "--model", base, "--corpus", corpus)
    assert "Recommended" in text
    assert "turn log-loss" in text
    (name,) = [path.name for path in (data_folder / "models").iterdir()]
    assert name == "tiny-1+r1"
    config = json.loads((data_folder / "models" / name / "config.json").read_text())
    assert base_model(name) == BaseModel(config["base"], base)
    run("models", "use", name)
    with open_database(work) as connection:
        before = connection.execute("SELECT count(*), max(reviewed_at) FROM reviews").fetchone()
    run("audit", "--rescore", "--db", work)
    with open_database(work) as connection:
        assert (
            connection.execute("SELECT count(*), max(reviewed_at) FROM reviews").fetchone()
            == before
        )
        (right,) = connection.execute(
            "SELECT avg((calls.brush_off = (reviews.verdict = 'brush_off'))::INT) FROM calls "
            "JOIN reviews USING (call_id) WHERE reviews.turn_index IS NULL"
        ).fetchone()
        (model,) = connection.execute(
            "SELECT DISTINCT classifier FROM runs JOIN calls USING (run_id)"
        ).fetchone()
        (stale,) = connection.execute(
            "SELECT count(*) FROM label_judgements WHERE stale"
        ).fetchone()
    assert right > 0.9
    assert (model, stale) == ("tiny-1+r1", 0)


def write_corpus(folder):
    data = small_corpus()
    with (folder / "turns.jsonl").open("w", encoding="utf-8") as file:
        for turn in data.turns:
            file.write(json.dumps({
                "id": turn.id, "author": "a", "group": turn.origin.group, "dialect": "najdi",
                "topic": "bank", "context": turn.input.context, "text": turn.input.text,
                "labels": turn.labels, "positives": turn.positives, "split": turn.origin.split,
            }, ensure_ascii=False) + "\n")  # fmt: skip
    with (folder / "calls.jsonl").open("w", encoding="utf-8") as file:
        for call in data.calls:
            file.write(json.dumps({
                "id": call.id, "author": "a", "dialect": "najdi", "topic": "bank",
                "brush_off": call.brush_off, "brush_off_score": call.brush_off_score,
                "resolution": call.resolution, "split": call.origin.split,
                "turns": [
                    {"speaker": t.role, "text": t.text, "labels": labels, "positives": positives}
                    for t, labels, positives in zip(call.turns, call.labels, call.positives, strict=True)
                ],
            }, ensure_ascii=False) + "\n")  # fmt: skip


def test_train_says_what_it_needs(base):
    with pytest.raises(UsageError, match="--db"):
        run("train", "--with-reviews")
    with pytest.raises(UsageError, match="goes"):
        run("train", "--with-reviews", "calls", "--model", base)
    with pytest.raises(UsageError, match="lexicon"):
        run("train", "--with-reviews", "--db", "x", "--model", "lexicon")
    assert "--with-reviews" in run("train")


def test_decisions_on_calibrated_log_odds_are_the_same(base):
    parts = ModelParts(base)
    turns = [TurnInput(ASKED, GOOD), TurnInput(ASKED, f"{GOOD} {TELLING}")]
    served = TransformerClassifier(base, threads=1).score(turns, evidence=False)
    alone = calibrated_alone(parts.calibration)
    rows = parts.see(turns).log_odds.tolist()
    for score, row in zip(served, rows, strict=True):
        assert alone.score(row).brush_off == pytest.approx(score.brush_off, abs=1e-4)
        assert alone.score(row).flagged == score.flagged


def test_a_name_and_a_folder_lead_to_a_model(base):
    assert model_folder(str(base)) == base
    assert model_folder("lexicon") is None
    assert base_model(str(base)) == BaseModel(str(base), base)

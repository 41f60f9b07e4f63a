from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from audit.agreement.report import agreement_report
from audit.cli import app
from audit.errors import UsageError
from audit.store.agreement import label_judgements
from audit.store.database import open_database
from audit.store.reviews import NewReview, SampleCell
from tests.agreement.reviewed_calls import Invented, draw, one, whole, write_calls, write_reviews

FLAG = ((1, "placation"),)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """Twelve flagged calls and twelve others; two people judged all, blind, and differ on two."""
    calls = [Invented(f"bad{i:02}", 80.0 - i, flags=FLAG) for i in range(12)]
    calls += [Invented(f"good{i:02}", 30.0 - i) for i in range(12)]
    path = write_calls(tmp_path_factory.mktemp("judged") / "calls.duckdb", calls)
    draw(
        path,
        {c.call_id: (("flagged", 1.0) if c.flags else ("clean", 0.5)) for c in calls},
        [SampleCell(None, "flagged", 12, 12), SampleCell(None, "clean", 24, 12)],
    )
    reviews = []
    for call in calls:
        for reviewer in ("sara", "omar"):
            found = bool(call.flags) and not (
                reviewer == "omar" and call.call_id in ("bad00", "bad01")
            )
            if found:
                reviews.append(one(call.call_id, reviewer, "added"))
            reviews.append(whole(call.call_id, reviewer, found))
    write_reviews(path, reviews)
    return path


def run(*arguments):
    result = CliRunner().invoke(app, ["agreement", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_reviewers_and_machine_are_compared(db):
    report = agreement_report(db)
    assert report.blind
    assert report.reviewers == ("omar", "sara")
    found = {q.question: q for q in report.agreements}
    # 24 calls, two apart; sara says yes to 12, omar to 10: kappa (22/24 - 1/2) / (1/2).
    assert found["call"].between.percent.value == pytest.approx(22 / 24)
    assert found["call"].between.kappa.value == pytest.approx((22 / 24 - 0.5) / 0.5)
    assert found["call"].between.units == 24
    assert found["call"].machine.percent.value == pytest.approx(46 / 48)
    # Silence of who read a call blind is a no: the label was judged on all 24 turns.
    assert found["placation"].between.units == 24
    expected = 1 - 47 * 4 / (2 * 22 * 26)  # 48 words, 22 of them yes, two units apart
    assert found["placation"].between.alpha.value == pytest.approx(expected)
    assert found["stalling"].between.percent.value == 1.0
    assert "same" in str(found["stalling"].between.alpha)
    assert [(p.question, p.first, p.second) for p in report.pairs] == [
        ("call", "omar", "sara"),
        ("any_label", "omar", "sara"),
    ]


def test_the_sample_speaks_for_all_calls(db):
    found = agreement_report(db).estimates
    # Two flagged calls are undecided (one against one): the others of their cell stand for them.
    assert (found.drawn, found.judged) == (24, 22)
    assert found.prevalence.value == pytest.approx(12 / 36)
    assert found.precision.value == 1.0
    assert found.recall.value == 1.0
    assert found.random_per_hour.value == pytest.approx(10 / 3)


def test_the_command_prints_tables_and_json(db):
    text = run("--db", db, "--by", "label")
    assert "24 calls judged by 2 reviewers" in text
    assert "placation" in text
    assert "worst by score" in text
    assert "omar – sara" in run("--db", db, "--by", "reviewer")
    value = json.loads(run("--db", db, "--json"))
    assert value["estimates"]["population"] == 36
    assert value["agreements"][0]["between"]["kappa"]["value"] == pytest.approx(5 / 6)


def test_a_few_calls_are_said_to_be_few(tmp_path):
    path = write_calls(tmp_path / "few.duckdb", [Invented("a", 80, flags=FLAG), Invented("b", 20)])
    with pytest.raises(UsageError, match="tasleek review"):
        agreement_report(path)
    write_reviews(path, [whole("a", "sara", True), whole("a", "omar", True)])
    text = run("--db", path)
    assert "too few" in text
    assert "No drawn sample was judged" in text


def test_words_given_blind_count_and_later_ones_do_not(tmp_path):
    path = write_calls(tmp_path / "a.duckdb", [Invented("a", 80, flags=FLAG)])
    write_reviews(path, [
        whole("a", "sara", False),
        whole("a", "sara", True, blind=False),  # after the machine's opinion was shown
        one("a", "sara", "confirmed", blind=False),
    ])  # fmt: skip
    with open_database(path) as connection:
        found = {j.label: j for j in label_judgements(connection)}
    assert len(found) == 7
    assert not found["placation"].applies
    assert found["placation"].flagged
    (call,) = [q for q in agreement_report(path).agreements if q.question == "call"]
    assert call.machine.positives == 0.5


def test_without_blindness_silence_says_nothing(tmp_path):
    path = write_calls(tmp_path / "a.duckdb", [Invented("a", 80, flags=FLAG)])
    write_reviews(path, [
        one("a", "sara", "relabelled", new_label="stalling", blind=False),
        one("a", "omar", "unsure", blind=False),
        NewReview("a", "omar", "noted", False, 1, "deflection", comment="?"),
        whole("a", "sara", True, blind=False),
    ])  # fmt: skip
    with open_database(path) as connection:
        found = {(j.reviewer, j.label): j.applies for j in label_judgements(connection)}
    assert found == {("sara", "placation"): False, ("sara", "stalling"): True}
    assert not agreement_report(path).blind
    assert "judged blind" in run("--db", path)


def test_turns_that_changed_since_are_left_out(tmp_path):
    path = write_calls(tmp_path / "a.duckdb", [Invented("a", 80, flags=FLAG)])
    write_reviews(path, [one("a", "sara", "added"), whole("a", "sara", True)])
    changed = Invented("a", 80, (("caller", "متي ينحل طلبي"), ("agent", "كلام اخر")), FLAG)
    write_calls(path, [changed])
    with open_database(path) as connection:
        assert label_judgements(connection) == ()

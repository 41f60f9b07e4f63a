from __future__ import annotations

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.errors import UsageError
from audit.reporting.agent_call import MEANINGS
from audit.store.appeals import appeals, decide_appeal, raise_appeal
from audit.store.database import open_database
from audit.store.deletion import delete_calls
from audit.store.learning import learning_calls
from audit.store.queries import run_query
from audit.store.writer import AuditWriter, RunDescription
from audit.types import LABELS
from tests.agreement.reviewed_calls import Invented, audit_of, whole, write_calls, write_reviews

TURNS = (
    ("caller", "متى يوصل طلبي"),
    ("agent", "تطمن إن شاء الله <script>alert(1)</script> خير"),
    ("agent", "طيب"),
)


@pytest.fixture
def db(tmp_path):
    calls = [
        Invented("c/1 x", 80.0, TURNS, ((1, "placation"),)),
        Invented("good", 20.0, TURNS),
    ]
    return write_calls(tmp_path / "calls.duckdb", calls)


def run(*arguments):
    result = CliRunner().invoke(app, ["appeal", *(str(argument) for argument in arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_an_appeal_is_raised_decided_and_listed(db):
    assert "No verdict was disputed" in run("--db", db)
    told = json.loads(run("c/1 x", "--db", db, "--by", "A1", "--comment", "وعدته بموعد", "--json"))
    assert (told["status"], told["disputed_brush_off"], told["standing"]) == (
        "disputed",
        True,
        None,
    )
    assert "disputed" in run("--db", db)
    told = json.loads(
        run("c/1 x", "--db", db, "--decide", "overturned", "--reviewer", "هدى", "--json")
    )
    assert (told["status"], told["standing"], told["decided_by"]) == ("overturned", False, "هدى")
    assert told["reason"] == "وعدته بموعد"
    assert "ok" in run("c/1 x", "--db", db)


def test_an_upheld_appeal_leaves_the_verdict(db):
    with open_database(db, write=True) as connection:
        raise_appeal(connection, "good", "A1", None)
        decided = decide_appeal(connection, "good", "upheld", "huda", "لا")
    assert decided.standing is False


def test_the_verdict_of_people_is_the_one_disputed(db):
    write_reviews(db, [whole("good", "sara", True)])
    with open_database(db, write=True) as connection:
        assert raise_appeal(connection, "good", "A1", None).disputed_brush_off
        assert decide_appeal(connection, "good", "overturned", "huda", None).standing is False
    with open_database(db) as connection:
        (call,) = learning_calls(connection)
    assert call.brush_off is False  # the decision counts, not the review that it overturned


def test_a_decided_appeal_comes_before_reviews_and_machine_in_reports(db):
    def brushed_off():
        ((count,),) = run_query(db, "SELECT brushed_off FROM overview_report").rows
        return count

    assert brushed_off() == 1
    write_reviews(db, [whole("c/1 x", "sara", True), whole("c/1 x", "saad", True)])
    with open_database(db, write=True) as connection:
        raise_appeal(connection, "c/1 x", "A1", None)
    assert brushed_off() == 1, "an open appeal changes nothing"
    with open_database(db, write=True) as connection:
        decide_appeal(connection, "c/1 x", "overturned", "huda", None)
    assert brushed_off() == 0


@pytest.mark.parametrize(
    ("before", "agent", "why"),
    [([], "B9", "its own agent"), (["A1"], "A1", "once")],
)
def test_what_cannot_be_disputed(db, before, agent, why):
    with open_database(db, write=True) as connection:
        for name in before:
            raise_appeal(connection, "good", name, None)
        with pytest.raises(UsageError, match=why):
            raise_appeal(connection, "good", agent, None)


@pytest.mark.parametrize(("before", "why"), [([], "no appeal is open"), (["A1"], "another person")])
def test_what_cannot_be_decided(db, before, why):
    with open_database(db, write=True) as connection:
        for name in before:
            raise_appeal(connection, "good", name, None)
        with pytest.raises(UsageError, match=why):
            decide_appeal(connection, "good", "upheld", "a1", None)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["good", "--by", "A1", "--decide", "upheld", "--reviewer", "x"], "one of"),
        (["good", "--decide", "upheld"], "go together"),
        (["good", "--export"], "--out"),
        (["good", "--out", "x"], "--export"),
        (["--by", "A1"], "name the call"),
        (["good", "--comment", "x"], "--by"),
        (["good", "--by", " \t"], "printable"),
        (["good", "--by", "A1", "--comment", "x" * 5000], "4000"),
    ],
)
def test_wrong_use_is_told(db, options, why):
    with pytest.raises(UsageError, match=why):
        run(*options, "--db", db)


def test_a_comment_loses_personal_data(db):
    told = json.loads(
        run("good", "--db", db, "--by", "A1", "--comment", "رقمه 0551234567 وكلمته", "--json")
    )
    assert "0551234567" not in told["reason"]


def test_a_call_is_written_for_its_agent(db, tmp_path):
    files = run("c/1 x", "--db", db, "--export", "--out", tmp_path / "out").split()
    assert [file.rsplit("/", 1)[-1] for file in files] == ["c-1-x.html", "c-1-x.json"]
    page = (tmp_path / "out" / "c-1-x.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "تسليك" in page
    assert MEANINGS["placation"] in page
    assert MEANINGS["stalling"] not in page
    assert "http" not in page.replace("http-equiv", "")
    value = json.loads((tmp_path / "out" / "c-1-x.json").read_text(encoding="utf-8"))
    assert value["turns"][1]["flags"][0]["label"] == "placation"
    assert (value["brush_off"], value["decided_by"], value["appeal"]) == (True, "machine", None)
    assert set(value) & {"caller_hash", "ticket_id", "path", "sha256", "vendor"} == set()
    run("c/1 x", "--db", db, "--by", "A1", "--comment", "سبب الاعتراض")
    run("c/1 x", "--db", db, "--decide", "overturned", "--reviewer", "huda", "--comment", "صح")
    run("c/1 x", "--db", db, "--export", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "c-1-x.html").read_text(encoding="utf-8")
    assert "سبب الاعتراض" in page
    assert "نُقض الحكم" in page
    assert "huda" not in page
    value = json.loads((tmp_path / "out" / "c-1-x.json").read_text(encoding="utf-8"))
    assert (value["brush_off"], value["decided_by"]) == (False, "people")


def test_personal_data_that_a_database_keeps_is_not_sent(tmp_path):
    path = tmp_path / "kept.duckdb"
    run_kept = RunDescription("0", "d", "d", "m", {"privacy": {"keep_pii": True}}, "0")
    call = Invented("c1", 80.0, (("caller", "رقم جوالي 0551234567"), ("agent", "طيب")))
    with open_database(path, write=True) as connection:
        writer = AuditWriter(connection, run_kept)
        writer.write_audit(audit_of(call))
        writer.finish()
    run("c1", "--db", path, "--export", "--out", tmp_path / "out")
    for file in (tmp_path / "out").iterdir():
        assert "0551234567" not in file.read_text(encoding="utf-8")


def test_an_unscorable_call_has_no_verdict_to_dispute(tmp_path):
    audit = replace(
        audit_of(Invented("u", 0.0)), status="unscorable", judgement=None, unscorable_reason="noise"
    )
    with open_database(tmp_path / "a.duckdb", write=True) as connection:
        AuditWriter(connection, RunDescription("0", "d", "d", "m", {}, "0")).write_audit(audit)
        with pytest.raises(UsageError, match="no verdict"):
            raise_appeal(connection, "u", "A1", None)


def test_appeals_go_with_their_calls(db):
    with open_database(db, write=True) as connection:
        raise_appeal(connection, "good", "A1", None)
        delete_calls(connection, ["good"], None)
        assert appeals(connection) == ()


def test_every_label_is_explained():
    assert set(MEANINGS) == set(LABELS)

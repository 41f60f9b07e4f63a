"""The SQL files of the reports: each has a header that is true, and each can be queried by name."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from audit.reporting.load import DIMENSIONS, load_report, questions_of
from audit.reporting.questions import parse_question, read_question
from audit.reporting.wording import code_title
from audit.resources import resource_path
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.report_views import BASE_VIEWS, QUESTIONS, QUESTIONS_BY, Selection
from audit.types import LABELS, POSITIVES, RESOLUTIONS
from tests.reporting.audited_calls import AuditedCalls

ALL = (*QUESTIONS, *QUESTIONS_BY)
PYTHON_TYPES = {
    "text": str, "call": str, "code": str, "quote": str, "codes": tuple, "words": tuple,
    "integer": int, "duration_ms": int, "offset_ms": int, "boolean": bool, "timestamp": datetime,
    "date": date, "decimal": float, "share": float, "difference": float, "probability": float,
    "score": float, "coefficient": float,
}  # fmt: skip


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """Calls of which every question has something to say."""
    audits = AuditedCalls(tmp_path_factory.mktemp("lively") / "audits.duckdb")
    for number in range(20):
        score = 90.0 if number % 3 == 0 else 10.0
        audits.call(
            f"c{number}", day=number, agent_id="A1", vendor="v", queue="q", hold_ms=5, wait_ms=7,
            service_channel="hotline" if number % 2 else "branch", longest_hold_ms=5, dead_air_ms=3,
            brush_off_score=score, ticket_id="1" if number < 3 else None,
        )  # fmt: skip
        audits.turn(f"c{number}", 0, "وين طلبي", "caller")
        audits.turn(f"c{number}", 1, "تطمن", positives=["ownership"], brush_off=0.2)
        audits.survey(f"c{number}", 5 - score / 30)
        audits.promise(f"c{number}", 1, "بكرة")
    audits.flag("c0", 1, "placation", 0.9, ["تطمن"])
    audits.call("end", day=40)
    return audits.store()


def test_every_file_is_a_question_or_what_questions_are_made_of():
    files = {path.stem for path in resource_path("reports").glob("*.sql")}
    base = {path.stem for path in resource_path("reports/base").glob("*.sql")}
    assert files == set(ALL)
    assert base == {*BASE_VIEWS, "formulas", "groups"}


@pytest.mark.parametrize("name", ALL)
def test_the_header_names_the_columns_with_their_kinds(lively, name):
    question = read_question(name)
    answer = run_query(lively, f"FROM {name}_report")
    assert answer.columns == tuple(column.name for column in question.columns)
    assert answer.rows, "the fixture should have an answer to every question"
    for place, column in enumerate(question.columns):
        for row in answer.rows:
            if row[place] is not None:
                kind = list if PYTHON_TYPES[column.kind] is tuple else PYTHON_TYPES[column.kind]
                assert type(row[place]) is kind, column.name


@pytest.mark.parametrize("name", ALL)
def test_codes_have_a_wording_in_both_languages(lively, name):
    question = read_question(name)
    for row in run_query(lively, f"FROM {name}_report").rows:
        for column, cell in zip(question.columns, row, strict=True):
            if column.kind == "code" and cell is not None:
                assert code_title(cell).en != cell, cell


def test_labels_positives_and_resolutions_have_a_wording():
    for code in (*LABELS, *POSITIVES, *RESOLUTIONS):
        assert code_title(code).ar != code


def test_the_labels_are_those_of_the_taxonomy(lively):
    assert (
        tuple(row[0] for row in run_query(lively, "SELECT label FROM labels_report").rows) == LABELS
    )


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("-- Asks.\n-- title: A | B\n-- grain: g\n", "no columns"),
        ("-- Asks.\n-- grain: g\n-- columns:\n--   a text A | B | c\n", "no title"),
        ("-- Asks.\n-- title: A\n-- grain: g\n-- columns:\n", "lacks one of its languages"),
        (
            "-- Asks.\n-- title: A | B\n-- grain: g\n-- columns:\n--   a colour A | B | c\n",
            "no column",
        ),
        ("-- Asks.\n-- title: A | B\n-- something\n", "belongs to no field"),
    ],
)
def test_a_header_that_does_not_parse_is_named(tmp_path, header, says):
    path = tmp_path / "q.sql"
    path.write_text(header, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        parse_question("q", path)


def test_a_report_has_every_table_with_its_rows(lively):
    with open_database(lively) as connection:
        report = load_report(connection, lively, Selection(min_calls=3))
    assert [table.name for table in report.tables] == list(QUESTIONS)
    assert report.table("overview").records()[0]["calls"] == 21
    agents = report.table("agents")
    assert agents.records()[0]["rank"] == 1
    assert agents.total_rows == len(agents.rows) == 2
    assert report.table("no such table") is None
    assert report.origin.calls == 21


@pytest.mark.parametrize("by", DIMENSIONS)
def test_a_report_by_one_dimension(lively, by):
    with open_database(lively) as connection:
        report = load_report(connection, lively, by=by)
    names = [table.name for table in report.tables]
    assert names == [q.name for q in questions_of(by)]
    assert names[0] == "overview"
    assert names[2] == f"labels_by_{by}"
    assert all(table.rows for table in report.tables)


def test_long_tables_are_cut_for_a_page_and_say_so(audits, monkeypatch):
    from audit.reporting import load

    monkeypatch.setattr(load, "SHOWN_MOMENTS", 3)
    audits.call("a")
    for turn in range(5):
        audits.flag("a", turn, "placation")
    path = audits.store()
    with open_database(path) as connection:
        report = load_report(connection, path)
        table = report.table("flagged_calls")
        assert (len(table.rows), table.total_rows) == (3, 5)
        assert len(list(load.all_rows(connection, report, table))) == 5


def test_a_query_cannot_change_what_is_stored_through_the_views(lively):
    from audit.errors import StoreError

    with pytest.raises(StoreError):
        run_query(lively, "DELETE FROM selected_calls")
    assert run_query(lively, "SELECT count(*) FROM calls").rows == ((21,),)

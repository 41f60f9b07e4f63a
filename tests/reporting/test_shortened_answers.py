"""Answers that are cut short are looked up differently, and are the same."""

from __future__ import annotations

import pytest

from audit.store.database import open_database
from audit.store.report_views import (
    QUESTIONS,
    Selection,
    answers,
    count_answers,
    create_report_views,
    keep_answers,
)
from benchmarks.generate_calls import generate_calls


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    db = tmp_path_factory.mktemp("generated") / "a.duckdb"
    generate_calls(db, 1_500)
    with open_database(db) as connection:
        create_report_views(connection, Selection())
        yield connection


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_first_rows_are_those_of_all(connection, question):
    every = rounded(answers(connection, question))
    assert len(every) == count_answers(connection, question)
    assert rounded(answers(connection, question, 7)) == every[:7]
    assert rounded(answers(connection, question)) == every


def rounded(rows):
    """Sums of fractions differ in their last digits by the order in which threads add them."""
    return [tuple(round(x, 9) if isinstance(x, float) else x for x in row) for row in rows]


def test_what_is_kept_is_what_was_asked(connection):
    before = list(answers(connection, "repeat_contacts"))
    assert before
    keep_answers(connection, "next_contacts")
    assert list(answers(connection, "repeat_contacts")) == before
    connection.execute("DROP TABLE kept_next_contacts")
    create_report_views(connection, Selection())
    assert list(answers(connection, "repeat_contacts")) == before

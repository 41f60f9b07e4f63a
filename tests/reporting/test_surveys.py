"""Surveys: which call an answer is about, and what a file may hold."""

from __future__ import annotations

import pytest

from audit.errors import UsageError
from audit.ingest.surveys import read_surveys
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.surveys import store_surveys


@pytest.fixture
def surveys(audits, tmp_path):
    """Writes a CSV file, brings it in, and gives the result, the bad lines and the stored answers."""
    audits.call("a", caller="+966501234567")
    audits.call("b", day=1, caller="+966501234567")
    audits.call("b2", day=1.25, caller="+966501234567")
    audits.call("c", caller="acct-9")
    database = audits.store()

    def bring_in(text: str):
        file = tmp_path / "s.csv"
        file.write_text(text, encoding="utf-8")
        items = list(read_surveys(file, "Asia/Riyadh"))
        bad = [item for item in items if isinstance(item, tuple)]
        with open_database(database, write=True) as connection:
            stored = store_surveys(connection, [i for i in items if not isinstance(i, tuple)])
        rows = run_query(database, "SELECT call_id, score, comment FROM surveys ORDER BY ALL").rows
        return stored, bad, rows

    return bring_in


def test_by_the_name_of_the_call(surveys):
    stored, bad, rows = surveys("call_id,score,comment\na,4,شكراً\nno-such,5,\n")
    assert (stored.new, stored.unmatched, bad) == (
        1,
        ((3, "no call 'no-such' in this database"),),
        [],
    )
    assert rows == (("a", 4.0, "شكراً"),)


def test_by_caller_and_date(surveys):
    stored, _, rows = surveys(
        "caller;date;score\n"
        "0501234567;2026-11-02;٤٫٥\n"  # the one call of that day
        "٠٥٠١٢٣٤٥٦٧;2026-11-03;1\n"  # two calls on that day
        "00966501234567;2026-11-03T12:00;2\n"  # the last call before noon
        "acct-9;2026-11-02T06:05:00Z;3\n"
        "acct-9;2026-11-02T08:00;3\n"  # before the call
        "acct-9;2026-11-04T10:00;3\n"  # more than 48 hours after it
        "acct-9;2026-11-05;3\n"
    )
    assert rows == (("a", 4.5, None), ("b", 2.0, None), ("c", 3.0, None))
    assert [line for line, _ in stored.unmatched] == [3, 6, 7, 8]
    assert "2 calls on that day" in stored.unmatched[0][1]
    assert "48 hours" in stored.unmatched[1][1]


def test_running_twice_doubles_nothing(surveys):
    text = "call_id,date,score\na,2026-11-02,4\nb,,5\n"
    first, _, _ = surveys(text)
    second, _, rows = surveys(text)
    assert (first.new, first.known) == (2, 0)
    assert (second.new, second.corrected, second.known) == (0, 0, 2)
    assert len(rows) == 2


def test_a_corrected_file_corrects(surveys):
    surveys("call_id,date,score\na,2026-11-02,4\na,2026-11-09,5\n")
    stored, _, rows = surveys("call_id,date,score\na,2026-11-02,1\n")
    assert (stored.new, stored.corrected, stored.known) == (0, 1, 0)
    assert rows == (("a", 1.0, None), ("a", 5.0, None))


def test_of_two_answers_in_one_file_the_later_counts(surveys):
    stored, _, rows = surveys("call_id,score\na,1\na,2\n")
    assert (stored.new, rows) == (1, (("a", 2.0, None),))


def test_bad_lines_are_named_and_the_others_go_on(surveys):
    stored, bad, rows = surveys(
        "call_id,caller,date,score\n"
        "a,,,good\n"
        ",0501234567,,3\n"
        ",,2026-11-02,3\n"
        ",0501234567,yesterday,3\n"
        "a,,,nan\n"
        "a,,,inf\n"
        ",,,\n"
        '"a",,,"3"\n'
    )
    assert [line for line, _ in bad] == [2, 3, 4, 5, 6, 7]
    assert "score 'good' is not a number" in bad[0][1]
    assert "give call_id, or caller and date" in bad[1][1]
    assert "not ISO 8601" in bad[3][1]
    assert (stored.new, rows) == (1, (("a", 3.0, None),))


def test_an_empty_file_of_answers_is_fine(surveys):
    stored, bad, rows = surveys("call_id,score\n")
    assert (stored.new, bad, rows) == (0, [], ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "header must name score"),
        (b"call_id,answer\na,1\n", "header must name score"),
        (b"caller,score\n0501234567,1\n", "caller with date"),
        (b"\xff\xfe\x00call", "not a UTF-8 CSV file"),
        (b'call_id,score\n"a,1\n', "not a UTF-8 CSV file"),
    ],
)
def test_a_file_that_is_no_survey(tmp_path, content, says):
    file = tmp_path / "s.csv"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=says):
        list(read_surveys(file, "Asia/Riyadh"))


def test_no_file(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        list(read_surveys(tmp_path / "none.csv", "Asia/Riyadh"))

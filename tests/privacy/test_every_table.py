"""Deleting a call takes its rows out of every table that has a ``call_id``, also of those to come."""

from __future__ import annotations

import pytest

from audit.batch.plan import make_plan
from audit.store.database import open_database
from audit.store.keys import KEY_VARIABLE
from audit.store.queries import stored_calls
from audit.types import Recording
from tests.privacy.stored_calls import NEW, OLD, began, bytes_of, said, write_calls

#: What columns with a CHECK take; all others get something of their type.
TAKEN = {
    "status": "disputed", "kind": "music", "stratum": "random", "opinion": "clean", "answer": "yes",
    "automatic_answer": "yes", "verdict": "proper",
}  # fmt: skip
BY_TYPE = {
    "VARCHAR": "'x'", "BOOLEAN": "true", "INTEGER": "0", "BIGINT": "0", "DOUBLE": "0.5",
    "TIMESTAMP WITH TIME ZONE": "now()", "VARCHAR[]": "['x']", "MAP(VARCHAR, DOUBLE)": "MAP {}",
}  # fmt: skip


TABLES = (
    "SELECT table_name FROM information_schema.columns JOIN information_schema.tables "
    "USING (table_catalog, table_schema, table_name) "
    "WHERE column_name = 'call_id' AND table_type = 'BASE TABLE' ORDER BY ALL"
)
COLUMNS = (
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_name = ? ORDER BY ordinal_position"
)


def counts(connection, call_id):
    """How many rows of the call each table has."""
    return {
        table: connection.execute(
            f"SELECT count(*) FROM {table} WHERE call_id = ?", [call_id]
        ).fetchall()[0][0]
        for (table,) in connection.execute(TABLES).fetchall()
    }


def value(name, kind, call_id):
    if name == "call_id" or name.endswith(("_id", "_sha256")):
        return f"'{call_id}'"
    if name == "comment":
        return f"'{said(call_id)}'"
    if name in TAKEN:
        return f"'{TAKEN[name]}'"
    return BY_TYPE[kind]


def fill(connection, call_id):
    """A row of the call in every table that has none yet."""
    for table, number in counts(connection, call_id).items():
        if number:
            continue
        columns = connection.execute(COLUMNS, [table]).fetchall()
        values = ", ".join(value(name, kind, call_id) for name, kind in columns)
        names = ", ".join(name for name, _ in columns)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})")


@pytest.fixture(params=[False, True], ids=["plain", "encrypted"])
def db(request, tmp_path, monkeypatch):
    if request.param:
        monkeypatch.setenv(KEY_VARIABLE, "0123456789abcdef0123456789abcdef")
    path = tmp_path / "a.duckdb"
    calls = {OLD: began(2020, ticket_id="T-1"), NEW: began(2026, ticket_id="T-2")}
    write_calls(path, calls, encrypted=request.param)
    with open_database(path, write=True) as connection:
        for call_id in calls:
            fill(connection, call_id)
    return path


def test_no_table_keeps_a_row_of_a_deleted_call(tasleek, db):
    with open_database(db) as connection:
        before = {call_id: counts(connection, call_id) for call_id in (OLD, NEW)}
    assert {
        "appeals", "calls", "commitments", "flags", "redactions", "review_items", "reviews",
        "scorecard_answers", "scorecard_results", "surveys", "turns", "words",
    } <= set(before[OLD])  # fmt: skip
    assert all(before[OLD].values())
    assert all(before[NEW].values())
    assert tasleek("subject", "erase", "--ticket", "T-1", "--yes", "--db", db)[0] == 0
    with open_database(db) as connection:
        assert set(counts(connection, OLD).values()) == {0}
        assert counts(connection, NEW) == before[NEW]
        logged = connection.execute(
            "SELECT command FROM access_log WHERE scope LIKE 'deleted: calls=1 %'"
        ).fetchall()
    assert logged == [("subject erase",)]
    assert OLD.encode() not in bytes_of(db)


def test_the_recording_of_a_deleted_call_is_not_audited_again(tasleek, tmp_path):
    """It may lie about for long; the next nightly run must not bring the call back."""
    db = tmp_path / "a.duckdb"
    write_calls(db, {OLD: began(2020), NEW: began(2026)})
    tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)
    with open_database(db) as connection:

        def plan(again=False):
            found = [
                Recording(call_id, db.parent / f"{call_id}.wav", f"hash {content}", began(2026))
                for call_id, content in ((OLD, OLD), ("RENAMED", OLD), ("FRESH", "FRESH"))
            ]
            return make_plan(found, lambda group: stored_calls(connection, group), again=again)

        assert [recording.call_id for recording in plan().todo] == ["FRESH"]
        assert plan().skipped == 2
        assert [recording.call_id for recording in plan(again=True).todo] == [OLD, "FRESH"]
        # Another recording of the same name is another call.
        other = Recording(OLD, db.parent / "other.wav", "hash other", began(2026))
        assert make_plan([other], lambda group: stored_calls(connection, group)).todo == (other,)

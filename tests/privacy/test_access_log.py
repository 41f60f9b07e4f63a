"""Who did what: every command that opens a database leaves a line, and a changed line shows."""

from __future__ import annotations

import inspect
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli import app
from audit.cli.database_commands import database_commands, prepare
from audit.errors import StoreError
from audit.store import access
from audit.store.access import (
    Access,
    broken_entries,
    fold_accesses,
    log_path,
    read_accesses,
    record_access,
)
from audit.store.database import open_database
from audit.store.queries import run_query
from tests.privacy.stored_calls import NEW, OLD, began, said, write_calls


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "a.duckdb"
    write_calls(path, {OLD: began(2020), NEW: began(2026)})
    return path


def entries(db, call_id=None):
    with open_database(db) as connection:
        return read_accesses(connection, db, call_id)


def test_reading_commands_are_logged_with_the_calls_they_name(tasleek, db):
    tasleek("show", OLD, "--db", db)
    tasleek("calls", "--agent", "A1", "--db", db)
    tasleek("query", "SELECT text FROM turns WHERE text LIKE '%0501234567%'", "--db", db)
    logged = entries(db)
    assert [e.command for e in logged] == ["show", "calls", "query"]
    assert logged[1].scope == "agent=A1"
    assert [e.command for e in entries(db, OLD)] == ["show"]
    assert entries(db, NEW) == ()
    assert {e.who for e in logged} == {access.account()}
    assert broken_entries(logged) == ()


def test_neither_text_nor_statements_nor_names_of_calls_are_written(tasleek, db):
    tasleek("show", OLD, "--db", db)
    tasleek("query", "SELECT 'SECRETWORD'", "--db", db)
    tasleek("subject", "find", "--caller", "0501234567", "--db", db)
    tasleek("purge", "--before", "2021-01-01", "--yes", "--db", db)
    written = log_path(db).read_text() + str(run_query(db, "FROM access_log").rows)
    for never in ("SECRETWORD", "501234567", OLD, *said(OLD).split()):
        assert never not in written


def test_a_writer_moves_the_entries_into_the_table(tasleek, db):
    tasleek("show", OLD, "--db", db)
    assert stat.S_IMODE(log_path(db).stat().st_mode) == 0o600
    tasleek("db", "migrate", "--db", db)
    assert log_path(db).read_bytes() == b""
    assert run_query(db, "SELECT command FROM access_log ORDER BY entry").rows == (
        ("show",),
        ("db migrate",),
    )
    assert run_query(db, "SELECT call_id, command FROM access_log_calls").rows == ((OLD, "show"),)
    tasleek("show", NEW, "--db", db)
    logged = entries(db)
    assert [e.entry for e in logged] == [1, 2, 3]
    assert broken_entries(logged) == ()


def test_a_writer_killed_before_the_file_was_emptied_costs_no_entry_and_doubles_none(tasleek, db):
    tasleek("show", OLD, "--db", db)
    before = log_path(db).read_bytes()
    with open_database(db, write=True):
        pass
    log_path(db).write_bytes(before)
    with open_database(db, write=True) as connection:
        fold_accesses(connection, db)
    assert [e.command for e in entries(db)] == ["show"]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE access_log SET who = 'nobody' WHERE entry = 2", (2,)),
        (
            "UPDATE access_log SET accessed_at = accessed_at + INTERVAL 1 SECOND WHERE entry = 1",
            (1,),
        ),
        ("UPDATE access_log SET call_refs = [] WHERE entry = 1", (1,)),
        ("DELETE FROM access_log WHERE entry = 2", (3,)),
        ("DELETE FROM access_log WHERE entry = 1", (2,)),
    ],
)
def test_a_changed_entry_shows(tasleek, db, change, broken):
    for _ in range(3):
        tasleek("show", OLD, "--db", db)
    with open_database(db, write=True) as connection:
        connection.execute(change)
    assert broken_entries(entries(db)) == broken
    code, _, err = tasleek("db", "accesses", "--db", db)
    assert code == 1
    assert f"entry {broken[0]}" in err


def test_a_changed_line_of_the_file_shows(tasleek, db):
    for _ in range(3):
        tasleek("show", OLD, "--db", db)
    lines = log_path(db).read_text().splitlines(keepends=True)
    log_path(db).write_text(lines[0] + lines[2])
    assert broken_entries(entries(db)) == (3,)
    log_path(db).write_text("not json\n")
    with pytest.raises(StoreError, match="damaged"):
        entries(db)


def test_accesses_lists_them(tasleek, db):
    tasleek("show", OLD, "--db", db)
    code, out, _ = tasleek("db", "accesses", "--call", OLD, "--json", "--db", db)
    assert code == 0
    listed = [json.loads(line) for line in out.splitlines()]
    assert [(e["command"], e["intact"]) for e in listed] == [("show", True), ("db accesses", True)]
    assert "show" in tasleek("db", "accesses", "--db", db)[1]


def test_what_cannot_be_logged_is_not_shown(tasleek, db, monkeypatch):
    def refuse(path, *arguments, **named):
        if path == log_path(db):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refuse)
    code, out, err = tasleek("show", OLD, "--db", db)
    assert code == 1
    assert "calls are not shown" in err
    assert said(OLD) not in out


def test_a_full_disk_leaves_no_half_entry(db):
    resource = pytest.importorskip("resource", reason="limits of files are those of Unix")
    with open_database(db) as connection:
        record_access(connection, db, Access("show"))
        size = log_path(db).stat().st_size
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, before[1]))
        try:
            with pytest.raises(StoreError, match="cannot be written"):
                record_access(connection, db, Access("show"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert log_path(db).stat().st_size == size
        record_access(connection, db, Access("query"))
    assert [entry.command for entry in entries(db)] == ["show", "query"]


def test_readers_at_the_same_time_each_leave_an_entry(db):
    code = (
        "import sys\nfrom audit.cli import main\n"
        f"sys.argv = ['tasleek', 'show', '{OLD}', '--db', {str(db)!r}]\nmain()"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) for _ in range(4)
    ]
    assert [process.wait(120) for process in running] == [0] * 4
    logged = entries(db)
    assert [e.entry for e in logged] == [1, 2, 3, 4]
    assert broken_entries(logged) == ()


def test_a_server_logs_the_calls_it_shows(db):
    with open_database(db) as connection:
        record_access(connection, db, Access("review", (OLD,)))
    with open_database(db, write=True) as connection:
        record_access(connection, db, Access("review", (NEW,)), write=True)
    assert [e.command for e in entries(db, OLD)] == ["review"]
    assert [e.entry for e in entries(db)] == [1, 2]


def test_every_command_with_a_database_takes_a_key_and_is_logged():
    prepare(app)
    prepare(app)
    prepared = dict(database_commands(app))
    assert {"audit", "calls", "show", "query", "purge", "subject", "db migrate"} <= set(prepared)
    for name, command in prepared.items():
        assert command.callback.prepared_for == name
        assert "key_file" in inspect.signature(command.callback).parameters


def test_the_account_cannot_be_chosen_by_the_environment(monkeypatch):
    real = access.account()
    for name in ("LOGNAME", "USER", "USERNAME"):
        monkeypatch.setenv(name, "somebody")
    assert access.account() == real
    monkeypatch.setenv("SUDO_USER", "behind\n")
    assert access.account() == f"{real} (behind )"
    assert os.environ["SUDO_USER"] == "behind\n"

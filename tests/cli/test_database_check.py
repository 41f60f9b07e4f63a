"""`tasleek db check`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from audit.cli import main
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import Recording
from tests.fault.standins import audit_of


@pytest.fixture
def tasleek(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tasleek", *arguments])
        try:
            main()
        except SystemExit as ended:
            return ended.code or 0, *capsys.readouterr()
        return 0, *capsys.readouterr()

    return run


@pytest.fixture
def db(tmp_path):
    with open_database(tmp_path / "a.duckdb", write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        writer.write_audit(audit_of(Recording("C1", Path("/C1.wav"), "aa")))
        writer.finish()
    return tmp_path / "a.duckdb"


def test_a_sound_database_is_exit_0(tasleek, db):
    code, out, _ = tasleek("db", "check", "--db", str(db))
    assert code == 0
    assert "sound" in out
    assert tasleek("db", "check", "--db", str(db), "--json") == (0, "", "")


def test_broken_rules_are_listed_and_exit_1(tasleek, db):
    with open_database(db, write=True) as connection:
        connection.execute("INSERT INTO flags FROM flags")
    code, out, _ = tasleek("db", "check", "--db", str(db))
    assert code == 1
    assert "flag_twice" in out
    assert "call_id=C1" in out
    code, out, _ = tasleek("db", "check", "--db", str(db), "--json")
    (told,) = map(json.loads, out.splitlines())
    assert (code, told["check"], told["rows"][0][0]) == (1, "flag_twice", "C1")


def test_no_database(tasleek):
    code, _, err = tasleek("db", "check", "--db", "none.duckdb")
    assert code == 1
    assert "no such database" in err

"""Answering a caller: what is held of them, and erasing it."""

from __future__ import annotations

import json
import stat

import pytest

from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.writer import caller_salt, hash_caller
from tests.privacy.stored_calls import began, bytes_of, said, write_calls


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "a.duckdb"
    write_calls(
        path,
        {
            "HERS-1": began(2025, caller="0501234567", ticket_id="T-1"),
            "HERS-2": began(2026, caller="+966501234567", ticket_id="T-2"),
            "HIS": began(2026, caller="0507654321", ticket_id="T-2"),
        },
    )
    return path


def found(tasleek, db, *whose):
    out = tasleek("subject", "find", *whose, "--json", "--db", db)[1]
    return [json.loads(line)["call_id"] for line in out.splitlines()]


def test_find_by_number_hash_and_ticket(tasleek, db):
    assert found(tasleek, db, "--caller", "050 123 4567") == ["HERS-1", "HERS-2"]
    assert found(tasleek, db, "--caller", "٠٥٠١٢٣٤٥٦٧") == ["HERS-1", "HERS-2"]
    with open_database(db) as connection:
        hashed = hash_caller("0507654321", caller_salt(connection))
    assert found(tasleek, db, "--caller-hash", hashed) == ["HIS"]
    assert found(tasleek, db, "--ticket", "T-2") == ["HERS-2", "HIS"]
    assert found(tasleek, db, "--caller", "0500000000") == []


@pytest.mark.parametrize("action", ["find", "FIND", "Find"])
def test_actions_in_any_case(tasleek, db, action):
    code, out, _ = tasleek("subject", action, "--ticket", "T-1", "--db", db)
    assert code == 0
    assert "HERS-1" in out


def test_export_holds_every_row_of_the_caller_and_no_other(tasleek, db, tmp_path):
    out = tmp_path / "hers.json"
    code, _, _ = tasleek("subject", "EXPORT", "--caller", "0501234567", "--out", out, "--db", db)
    assert code == 0
    exported = json.loads(out.read_text(encoding="utf-8"))
    assert {row["call_id"] for rows in exported.values() for row in rows} == {"HERS-1", "HERS-2"}
    assert {"calls", "turns", "words", "flags", "redactions", "reviews", "surveys"} <= set(exported)
    assert said("HERS-1") in [turn["text"] for turn in exported["turns"]]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_erase(tasleek, db):
    code, out, _ = tasleek("subject", "erase", "--caller", "0501234567", "--yes", "--db", db)
    assert code == 0
    assert "2 calls deleted" in out
    assert run_query(db, "SELECT call_id FROM calls").rows == (("HIS",),)
    assert b"HERS-" not in bytes_of(db)
    scopes = [
        row[0] for row in run_query(db, "SELECT command || ' ' || scope FROM access_log").rows
    ]
    assert any(scope.startswith("subject erase deleted: calls=2") for scope in scopes)
    assert b"501234567" not in bytes_of(db)


def test_erase_asks_and_can_be_tried(tasleek, db, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert tasleek("subject", "erase", "--ticket", "T-2", "--db", db)[0] == 2
    assert tasleek("subject", "erase", "--ticket", "T-2", "--dry-run", "--db", db)[0] == 0
    assert len(run_query(db, "SELECT call_id FROM calls").rows) == 3
    assert "Nothing to delete" in tasleek("subject", "erase", "--ticket", "no", "--db", db)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["find"],
        ["find", "--caller", "1", "--ticket", "2"],
        ["export", "--ticket", "T-1"],
        ["find", "--ticket", "T-1", "--out", "x.json"],
        ["forget", "--ticket", "T-1"],
        ["export", "--ticket", "T-1", "--out", "no/such/folder.json"],
    ],
)
def test_wrong_use(tasleek, db, arguments):
    code, _, err = tasleek("subject", *arguments, "--db", db)
    assert code == 2
    assert err

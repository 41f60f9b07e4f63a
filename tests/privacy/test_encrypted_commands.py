"""Every command on an encrypted database: the key from a file, and what is said without it."""

from __future__ import annotations

import pytest

from audit import pipeline
from audit.store.keys import KEY_VARIABLE
from tests.dummies import DummyAuditor, call_wav


@pytest.fixture
def audited(tasleek, monkeypatch, tmp_path):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setattr(pipeline, "load_pipeline", DummyAuditor)
    call_wav(tmp_path / "calls" / "c0.wav", 0)
    assert tasleek("db", "new-key", "key")[0] == 0
    code, _, err = tasleek(
        "audit", "calls", "--encrypt", "--key-file", "key", "--workers", "1", "--db", "a.duckdb"
    )
    assert code == 0, err
    return tmp_path / "a.duckdb"


def test_commands_take_the_key_from_a_file(tasleek, audited):
    assert "c0" in tasleek("calls", "--db", "a.duckdb", "--key-file", "key")[1]
    assert "وين طلبي" in tasleek("show", "c0", "--db", "a.duckdb", "--key-file", "key")[1]
    assert "وين طلبي".encode() not in audited.read_bytes()
    code, out, _ = tasleek(
        "query", "SELECT count(*) FROM turns", "--db", "a.duckdb", "--key-file", "key"
    )
    assert (code, out.split()[-1]) == (0, "2")
    again = tasleek("audit", "calls", "--encrypt", "--db", "a.duckdb", "--key-file", "key")
    assert again[0] == 0
    assert "1 done before" in again[1]


def test_commands_take_the_key_from_the_environment(tasleek, audited, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, (tmp_path / "key").read_text().strip())
    assert tasleek("show", "c0", "--db", "a.duckdb")[0] == 0


def test_without_the_key(tasleek, audited, tmp_path):
    code, _, err = tasleek("show", "c0", "--db", "a.duckdb")
    assert code == 1
    assert "TASLEEK_KEY" in err
    (tmp_path / "other").write_text("not the key of this database\n")
    code, _, err = tasleek("show", "c0", "--db", "a.duckdb", "--key-file", "other")
    assert code == 1
    assert "not the key" in err


def test_encrypting_later(tasleek, audited, monkeypatch):
    assert tasleek("audit", "calls", "--workers", "1", "--db", "plain.duckdb")[0] == 0
    code, _, err = tasleek(
        "audit", "calls", "--encrypt", "--db", "plain.duckdb", "--key-file", "key"
    )
    assert code == 1
    assert "tasleek db encrypt" in err
    assert tasleek("db", "encrypt", "--db", "plain.duckdb", "--key-file", "key")[0] == 0
    assert tasleek("show", "c0", "--db", "plain.duckdb")[0] == 1
    assert tasleek("show", "c0", "--db", "plain.duckdb", "--key-file", "key")[0] == 0


def test_a_key_is_never_an_argument(tasleek, audited):
    code, _, err = tasleek("show", "c0", "--db", "a.duckdb", "--key", "secret")
    assert code == 2
    assert "No such option" in err

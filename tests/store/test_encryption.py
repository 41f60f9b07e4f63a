"""Databases at rest: encrypted by DuckDB, keys from where they may come, files for their owner alone."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from audit.errors import StoreError
from audit.store import connection, keys
from audit.store.database import open_database
from audit.store.keys import KEY_VARIABLE, use_key_file, write_new_key
from audit.store.queries import run_query
from audit.store.rewriting import encrypt
from audit.store.writer import AuditWriter, RunDescription
from audit.types import CallMetadata, Recording, Utterance
from tests.dummies import call_audit

KEY = "a key with ' and \" in it, long enough"
SAID = "هذا الكلام يجب ألا يقرأه أحد"


@pytest.fixture(autouse=True)
def _no_key_file():
    yield
    use_key_file(None)


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)


def fill(path: Path, *, encrypted: bool) -> None:
    with open_database(path, write=True, encrypt=encrypted) as open_:
        writer = AuditWriter(open_, RunDescription("0", "", "", "", {}, ""))
        recording = Recording("C-1", path.parent / "C-1.wav", "aa", CallMetadata())
        said = Utterance(0, "caller", "S1", 1, 0, 100, SAID)
        writer.write_audit(replace(call_audit(recording), utterances=(said,)))
        # Before the connection is closed, rows stand in the write-ahead log.
        assert_unreadable(path, encrypted)


def assert_unreadable(path: Path, encrypted: bool) -> None:
    written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert (SAID.encode() in written) is not encrypted


def test_an_encrypted_database_reads_back_and_holds_no_text_in_the_clear(tmp_path, key):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=True)
    assert_unreadable(db, encrypted=True)
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID,),)
    with open_database(db, write=True) as open_:  # written to again, without being told that it is
        open_.execute("UPDATE turns SET text = text || '!'")
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID + "!",),)
    assert_unreadable(db, encrypted=True)


def test_what_does_not_fit_in_memory_is_spilled_encrypted(tmp_path, key, monkeypatch):
    def contain(open_, *settings):
        open_.execute("SET memory_limit = '60MB'")
        open_.execute("SET threads = 1")
        contained(open_, *settings)

    contained = connection._contain
    monkeypatch.setattr(connection, "_contain", contain)
    db = tmp_path / "a.duckdb"
    with open_database(db, write=True, encrypt=True) as open_:
        open_.execute(f"CREATE TABLE x AS SELECT '{SAID}' || range AS b FROM range(400000)")
        rows = open_.execute("SELECT b, b || 'x' FROM x ORDER BY reverse(b)")
        rows.fetchmany(10)
        (folder,) = tmp_path.glob(".a.duckdb.spill-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        spilled = [file.read_bytes() for file in folder.glob("*")]
    assert sum(map(len, spilled)) > 0
    assert not any(SAID.encode() in content for content in spilled)
    assert not folder.exists()


def test_the_wrong_key(tmp_path, key, monkeypatch):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=True)
    monkeypatch.setenv(KEY_VARIABLE, "another key that is long enough")
    for write in (False, True):
        with pytest.raises(StoreError, match="not the key"), open_database(db, write=write):
            pass
    monkeypatch.setenv(KEY_VARIABLE, "")
    with pytest.raises(StoreError, match="no usable key"), open_database(db):
        pass


def test_no_key_says_how_to_give_one(tmp_path, key, monkeypatch):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=True)
    monkeypatch.delenv(KEY_VARIABLE)
    with pytest.raises(StoreError, match=r"TASLEEK_KEY.*--key-file"), open_database(db):
        pass


def test_a_key_file_and_no_weak_or_missing_one(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    file, db = tmp_path / "key", tmp_path / "a.duckdb"
    use_key_file(file)
    with pytest.raises(StoreError, match="cannot be read"):
        fill(db, encrypted=True)
    file.write_text("short\n")
    with pytest.raises(StoreError, match="5 characters"):
        fill(db, encrypted=True)
    assert not db.exists()
    file.unlink()
    write_new_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(StoreError, match="new file"):
        write_new_key(file)
    fill(db, encrypted=True)
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID,),)


def test_a_key_is_asked_for_on_a_terminal_once(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setattr(keys, "_asked", {})
    answers = [KEY, "no", KEY, KEY]
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: answers.pop(0))
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    db = tmp_path / "a.duckdb"
    with pytest.raises(StoreError, match="differ"):
        fill(db, encrypted=True)
    fill(db, encrypted=True)
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID,),)
    assert answers == []


def test_without_the_module_nothing_is_written_and_reading_works(tmp_path, key, monkeypatch):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=True)
    monkeypatch.setattr(connection, "load_crypto", lambda open_: False)
    with pytest.raises(StoreError, match="OpenSSL"):
        fill(tmp_path / "b.duckdb", encrypted=True)
    assert not (tmp_path / "b.duckdb").exists()
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID,),)


def test_an_existing_database_is_encrypted_and_its_key_changed(tmp_path, key, monkeypatch):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=False)
    with pytest.raises(StoreError, match="tasleek db encrypt"):
        fill(db, encrypted=True)
    encrypt(db)
    assert_unreadable(db, encrypted=True)
    with pytest.raises(StoreError, match="--new-key-file"):
        encrypt(db)
    write_new_key(tmp_path / "key")
    encrypt(db, tmp_path / "key")
    with pytest.raises(StoreError, match="not the key"), open_database(db):
        pass
    use_key_file(tmp_path / "key")
    assert run_query(db, "SELECT text FROM turns").rows == ((SAID,),)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_new_database_is_for_its_owner_alone(tmp_path, key, encrypted):
    db = tmp_path / "a.duckdb"
    fill(db, encrypted=encrypted)
    assert stat.S_IMODE(db.stat().st_mode) == 0o600
    db.chmod(0o664)
    with open_database(db, write=True):
        pass
    assert stat.S_IMODE(db.stat().st_mode) == 0o660

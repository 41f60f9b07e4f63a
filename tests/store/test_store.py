"""The database: schema, one transaction a call, reading back."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import StoreError
from audit.store.database import migrations, open_database, schema_version
from audit.store.queries import list_calls, list_failures, run_query, show_call, stored_calls
from audit.store.writer import AuditWriter, RunDescription, caller_salt, hash_caller
from audit.types import CallFailure, CallMetadata, Recording
from tests.dummies import call_audit

RUN = RunDescription("0", "dummy", "dummy", "dummy", {"a": 1}, "00")
#: What DESIGN promises to everyone who reads the file.
CONTRACT = {
    "calls": "call_id sha256 path started_at duration_ms channels agent_id vendor service_channel "
    "queue caller_hash ticket_id wait_ms status unscorable_reason language asr_confidence brush_off "
    "brush_off_score resolution hold_ms longest_hold_ms dead_air_ms agent_talk_ms caller_talk_ms "
    "overlap_ms agent_interruptions run_id",
    "turns": "call_id turn_index role speaker channel start_ms end_ms text asr_confidence",
    "words": "call_id turn_index word_index start_ms end_ms text probability",
    "flags": "call_id turn_index label score threshold start_ms end_ms",
    "runs": "run_id",
    "commitments": "call_id",
    "failures": "path stage reason",
    "reviews": "call_id",
    "surveys": "call_id",
}


def recording(call_id: str = "C-1", sha256: str = "aa", **metadata) -> Recording:
    return Recording(call_id, Path(f"/calls/{call_id}.wav"), sha256, CallMetadata(**metadata))


@pytest.fixture
def db(tmp_path):
    return tmp_path / "audits.duckdb"


def write(db, *audits, failures=()):
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RUN)
        for audit in audits:
            writer.write_audit(audit)
        for failure in failures:
            writer.write_failure(failure)
        writer.finish()


def rows(db, sql):
    return list(run_query(db, sql).rows)


def test_the_contract_of_tables_and_columns(db):
    write(db)
    for table, columns in CONTRACT.items():
        found = {name for (name,) in rows(
            db, f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        )}  # fmt: skip
        assert set(columns.split()) <= found, table


def test_migrations_are_numbered_without_a_gap_and_recorded(db):
    assert [m.number for m in migrations()] == list(range(1, len(migrations()) + 1))
    write(db)
    assert len(rows(db, "FROM schema_migrations")) == len(migrations())
    with open_database(db, write=True) as connection:
        assert schema_version(connection) == len(migrations())


def test_a_migration_that_fails_leaves_nothing(db, monkeypatch):
    from audit.store import database

    number = len(migrations()) + 1
    bad = (*migrations(), database.Migration(number, "bad", "CREATE TABLE x (a INT); SELEC"))
    write(db)
    monkeypatch.setattr(database, "migrations", lambda: bad)
    with pytest.raises(duckdb.Error), open_database(db, write=True):
        pass
    monkeypatch.undo()
    assert rows(db, "SELECT * FROM information_schema.tables WHERE table_name = 'x'") == []


def test_a_call_reads_back(db):
    started = datetime(2026, 11, 3, 9, 15, tzinfo=UTC)
    write(db, call_audit(recording(agent_id="A1", started_at=started, wait_ms=5)))
    with open_database(db) as connection:
        (call,) = list_calls(connection)
        detail = show_call(connection, "C-1")
        assert stored_calls(connection, [recording()])[0].sha256 == "aa"
        assert stored_calls(connection, [recording("other", "bb")]) == ()
    assert (call.agent_id, call.brush_off, call.brush_off_score) == ("A1", True, 81.0)
    assert call.started_at == started
    assert (call.worst_label, call.worst_score) == ("placation", 0.8)
    assert [t.text for t in detail.turns] == ["وين طلبي", "تطمن أبشر"]
    assert detail.turns[1].flags == (("placation", 0.8, ("تطمن",)),)
    assert rows(db, "SELECT text, probability FROM words ORDER BY word_index") == [
        ("تطمن", 0.9),
        ("أبشر", 0.7),
    ]
    assert rows(db, "SELECT audited, audio_ms, finished_at IS NOT NULL FROM runs") == [
        (1, 500, True)
    ]


def test_writing_a_call_again_replaces_it_whole(db):
    audit = call_audit(recording())
    write(db, audit, replace(audit, judgement=None, utterances=audit.utterances[:1]))
    assert rows(db, "SELECT count(*) FROM calls") == [(1,)]
    assert rows(db, "SELECT count(*) FROM turns") == [(1,)]
    assert rows(db, "SELECT count(*) FROM flags") == [(0,)]


def test_a_call_that_cannot_be_written_leaves_no_part(db):
    good = call_audit(recording())
    bad = replace(call_audit(recording("C-2", "bb")), status="no such status")
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RUN)
        writer.write_audit(good)
        with pytest.raises(StoreError, match="cannot hold this call"):
            writer.write_audit(bad)
        writer.write_audit(call_audit(recording("C-3", "cc")))
    assert rows(db, "SELECT DISTINCT call_id FROM turns ORDER BY 1") == [("C-1",), ("C-3",)]


def failure(call_id="C-1", path="/calls/C-1.wav"):
    return CallFailure(Path(path), "decode", f"{path} is empty", call_id, "ff")


def test_a_failure_is_a_row_and_goes_when_the_call_succeeds(db):
    write(db, failures=[failure(), failure()])
    assert rows(db, "SELECT status, brush_off FROM calls") == [("failed", None)]
    with open_database(db) as connection:
        (row,) = list_failures(connection)
    assert (row.stage, row.reason) == ("decode", "/calls/C-1.wav is empty")
    write(db, call_audit(recording()))
    assert rows(db, "SELECT status FROM calls") == [("audited",)]
    assert rows(db, "FROM failures") == []


def test_a_failure_never_overwrites_the_call_whose_name_it_took(db):
    write(db, call_audit(recording()), failures=[failure(path="/other/C-1.wav")])
    assert rows(db, "SELECT status, path FROM calls") == [("audited", "/calls/C-1.wav")]
    assert rows(db, "SELECT path FROM failures") == [("/other/C-1.wav",)]


def test_callers_are_hashed_under_a_salt_of_the_database(db, tmp_path):
    other = tmp_path / "other.duckdb"
    for file in (db, other):
        write(file, call_audit(recording(caller="+966 50 123 4567")))
    (first,), (second,) = (rows(f, "SELECT caller_hash FROM calls")[0] for f in (db, other))
    assert len(first) == 64
    assert first != second
    assert b"501234567" not in db.read_bytes()
    with open_database(db) as connection:
        salt = caller_salt(connection)
    assert first == hash_caller("0501234567", salt) == hash_caller("٠٥٠١٢٣٤٥٦٧", salt)
    assert first != hash_caller("0501234568", salt)


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_accounts_have_different_hashes(one, other):
    folded = {t.strip() for t in (one, other)}
    numbers = ["".join(str(int(c)) for c in t if c.isdecimal()) for t in (one, other)]
    if len(folded) == 2 and all(len(n) < 9 for n in numbers):
        assert hash_caller(one, b"salt") != hash_caller(other, b"salt")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM calls",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY calls TO 'out.csv'",
        "ATTACH 'other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELEC 1",
    ],
)
def test_queries_read_the_database_and_nothing_else(db, sql):
    write(db, call_audit(recording()))
    with pytest.raises(StoreError):
        run_query(db, sql)
    assert rows(db, "SELECT count(*) FROM calls") == [(1,)]


def test_no_database(db):
    with pytest.raises(StoreError, match="no such database"), open_database(db):
        pass


def test_not_a_database(db):
    db.write_text("hello " * 1000)
    with pytest.raises(StoreError, match="not a DuckDB database"), open_database(db):
        pass


def test_a_database_of_something_else(db):
    duckdb.connect(str(db)).close()
    with pytest.raises(StoreError, match="holds no audit"), open_database(db):
        pass


def test_a_database_of_a_newer_version(db):
    write(db)
    with duckdb.connect(str(db)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, 'future', now())")
    for writing in (False, True):
        with pytest.raises(StoreError, match="newer tasleek"), open_database(db, write=writing):
            pass


def test_a_database_in_use_says_by_whom(db):
    write(db)
    code = f"import duckdb; c = duckdb.connect({str(db)!r}); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        holder.stdout.readline()
        with pytest.raises(StoreError, match=f"in use by process {holder.pid}"), open_database(db):
            pass
    finally:
        holder.communicate("\n")


def test_no_such_call(db):
    write(db)
    with (
        open_database(db) as connection,
        pytest.raises(StoreError, match="no call 'X'"),
    ):
        show_call(connection, "X")


def test_readers_are_limited_and_spill_where_only_the_owner_looks(db, monkeypatch):
    write(db, call_audit(recording()))
    monkeypatch.setattr("audit.store.connection._READERS_MEMORY", 40 << 20)
    with open_database(db) as connection:
        (limit,) = connection.execute("SELECT current_setting('memory_limit')").fetchone()
        assert limit == "40.0 MiB"
        (folder,) = db.parent.glob(f".{db.name}.spill-*")
        assert folder.stat().st_mode & 0o777 == 0o700
        connection.execute(
            "CREATE TEMP TABLE big AS SELECT md5(range::VARCHAR) AS a FROM range(1500000)"
        )
        assert any(folder.iterdir()), "more than fits in memory is put on the disk"
        assert connection.execute("SELECT count(*) FROM big").fetchone() == (1_500_000,)
    assert not folder.exists()


def test_a_database_in_a_folder_that_cannot_be_written_is_read(db, monkeypatch):
    write(db, call_audit(recording()))
    made = tempfile.mkdtemp

    def refuse(prefix, dir=None):
        if dir is not None:
            raise PermissionError(13, "Permission denied", str(dir))
        return made(prefix=prefix)

    monkeypatch.setattr("audit.store.database.tempfile.mkdtemp", refuse)
    assert run_query(db, "SELECT count(*) FROM calls").rows == ((1,),)

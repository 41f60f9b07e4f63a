"""Results as Parquet files and back, without a cluster."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from audit.batch.chunk import ChunkAuditor, RunTarget
from audit.batch.run import describe_run, store_outcome
from audit.config import Config
from audit.errors import StoreError, UsageError
from audit.store.consistency import check_database
from audit.store.database import open_database
from audit.store.erased import note_erased
from audit.store.ingest import ingest_run
from audit.store.run_folder import PartWriter, calls_of_run, parts, read_record, start_run
from audit.store.writer import CHILDREN, AuditWriter, caller_salt
from audit.types import (
    CallFailure,
    CallMetadata,
    CallQuarter,
    Commitment,
    Hold,
    Recording,
    RedactedSpan,
)
from tests.dummies import DummyAuditor, call_audit, call_wav
from tests.fault.standins import audit_of

DESCRIPTION = describe_run(Config())
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def recording(name: str, content: str | None = None, path: str | None = None) -> Recording:
    metadata = CallMetadata(call_id=name, caller="0551234567", agent_id="a1", started_at=AT)
    where = Path(path or f"/calls/{name}.wav")
    return Recording(name, where, content or f"sha-{name}", metadata, None, 1000, 7)


def full_audit(name: str):
    """An audit with a row in every table."""
    audit = call_audit(recording(name))
    judged = replace(
        audit.judgement, commitments=(Commitment(1, "نتصل", "agent", "غداً", None, 100, 400),)
    )
    return replace(
        audit, judgement=judged, holds=(Hold(410, 440, "music", True),),
        redacted=(RedactedSpan("phone", 1, 0, 120, 200),), quarters=(CallQuarter(1, 0, 125, 50),),
    )  # fmt: skip


OUTCOMES = [
    (recording("full"), full_audit("full")),
    (recording("long"), audit_of(recording("long"))),
    (
        recording("weak"),
        replace(call_audit(recording("weak")), status="unscorable", judgement=None,
                unscorable_reason="too few words"),
    ),
    (recording("bad"), CallFailure(Path("/calls/bad.wav"), "decode", "bad.wav: no sound", "bad")),
    (None, CallFailure(Path("/calls/manifest.csv"), "metadata", "row 3: no path")),
]  # fmt: skip


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "a.duckdb"
    with open_database(path, write=True):
        pass
    return path


def target_of(db: Path, folder: Path) -> RunTarget:
    with open_database(db) as connection:
        salt = caller_salt(connection)
    return RunTarget(folder, start_run(folder, DESCRIPTION, salt), salt)


def write_parts(db: Path, folder: Path, *contents) -> None:
    target = target_of(db, folder)
    for outcomes in contents:
        with PartWriter(folder, target.run, target.salt).part() as writer:
            for known, outcome in outcomes:
                store_outcome(writer, known, outcome)


def test_a_call_that_was_deleted_for_good_does_not_come_back(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES[:2])
    with open_database(db, write=True) as connection:
        note_erased(connection, db, "purge", ["sha-full"])
    summary = ingest_run(tmp_path / "run", db)
    assert (summary.audited, summary.skipped) == (1, 1)
    assert [row[0] for row in rows_of(db, "calls")] == ["long"]


def rows_of(db: Path, table: str) -> list[tuple]:
    with open_database(db) as connection:
        times = "failed_at, run_id" if table == "failures" else ""
        times = "run_id" if table == "calls" else times
        leave = f"EXCLUDE ({times})" if times else ""
        return sorted(connection.execute(f"SELECT * {leave} FROM {table}").fetchall(), key=repr)


def sound(db: Path) -> None:
    with open_database(db) as connection:
        assert check_database(connection) == ()


def test_parquet_and_back_is_the_same_as_a_direct_write(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES[:2], OUTCOMES[2:])
    summary = ingest_run(tmp_path / "run", db)
    assert (summary.audited, summary.unscorable, summary.failed, summary.skipped) == (2, 1, 2, 0)
    direct = tmp_path / "direct.duckdb"
    with open_database(direct, write=True) as connection:
        with open_database(db) as first:
            salt = caller_salt(first).hex()
        connection.execute("UPDATE settings SET value = ? WHERE name = 'caller_salt'", [salt])
        writer = AuditWriter(connection, DESCRIPTION)
        for known, outcome in OUTCOMES:
            store_outcome(writer, known, outcome)
    for table in ("calls", *CHILDREN, "failures"):
        assert rows_of(db, table) == rows_of(direct, table), table
        assert rows_of(db, table), table
    counts = "SELECT audited, unscorable, failed, audio_ms, stage_ms FROM runs"
    with open_database(db) as ours, open_database(direct) as theirs:
        assert ours.execute(counts).fetchall() == theirs.execute(counts).fetchall()
    sound(db)


def test_twice_stores_nothing_twice(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES)
    ingest_run(tmp_path / "run", db)
    before = {table: rows_of(db, table) for table in ("calls", *CHILDREN, "failures", "runs")}
    again = ingest_run(tmp_path / "run", db)
    assert (again.audited, again.unscorable, again.failed, again.skipped) == (0, 0, 0, 4)
    assert {table: rows_of(db, table) for table in before} == before


def test_a_call_in_two_parts_and_a_content_under_two_names_come_once(db, tmp_path):
    double = recording("double", content="sha-full")
    write_parts(db, tmp_path / "run", OUTCOMES[:1], OUTCOMES[:1], [(double, call_audit(double))])
    summary = ingest_run(tmp_path / "run", db)
    assert (summary.audited, summary.skipped) == (1, 2)
    assert len(rows_of(db, "words")) == 2
    sound(db)


@pytest.mark.parametrize("failed_first", [True, False])
def test_a_call_that_failed_before_is_replaced_by_its_audit(db, tmp_path, failed_first):
    good = [(recording("bad"), call_audit(recording("bad")))]
    failed = OUTCOMES[3:4]
    write_parts(db, tmp_path / "run", *([failed, good] if failed_first else [good, failed]))
    for _ in range(2):
        ingest_run(tmp_path / "run", db)
        assert [row[-1] for row in rows_of(db, "failures")] == []
        with open_database(db) as connection:
            assert connection.execute("SELECT status FROM calls").fetchall() == [("audited",)]
    sound(db)


def test_a_changed_recording_replaces_its_older_audit(db, tmp_path):
    write_parts(db, tmp_path / "old", OUTCOMES[:1])
    ingest_run(tmp_path / "old", db)
    changed = recording("full", content="sha-new")
    write_parts(db, tmp_path / "new", [(changed, audit_of(changed))])
    assert ingest_run(tmp_path / "new", db).audited == 1
    assert ingest_run(tmp_path / "old", db).audited == 0
    with open_database(db) as connection:
        assert connection.execute("SELECT sha256 FROM calls").fetchall() == [("sha-new",)]
    sound(db)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone"])
def test_a_damaged_file_is_named_and_costs_nothing_stored(db, tmp_path, damage):
    write_parts(db, tmp_path / "run", OUTCOMES[:2])
    (part,) = parts(tmp_path / "run")
    file = part / "words.parquet"
    data = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(data[: len(data) // 2])
    else:
        data[4:200] = bytes(b ^ 0xFF for b in data[4:200])
        file.write_bytes(data)
    with pytest.raises(StoreError, match=r"words\.parquet"):
        ingest_run(tmp_path / "run", db)
    assert rows_of(db, "calls") == []


def test_a_half_written_part_is_not_seen(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES[:1])
    (part,) = parts(tmp_path / "run")
    part.rename(part.with_name(f".unfinished-{part.name}"))
    assert ingest_run(tmp_path / "run", db).parts == 0
    target_of(db, tmp_path / "run")  # going on with the run clears it away
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.json"]


def test_another_database_is_refused(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES[:1])
    other = tmp_path / "other.duckdb"
    with open_database(other, write=True):
        pass
    with pytest.raises(StoreError, match="another database"):
        ingest_run(tmp_path / "run", other)


def test_no_run_folder(db, tmp_path):
    with pytest.raises(StoreError, match=r"no run\.json"):
        ingest_run(tmp_path, db)
    with pytest.raises(UsageError, match="not empty"):
        start_run(tmp_path, DESCRIPTION, b"salt")
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        read_record(tmp_path)


def test_a_run_goes_on_only_as_it_began(db, tmp_path):
    target = target_of(db, tmp_path / "run")
    assert start_run(tmp_path / "run", DESCRIPTION, target.salt) == target.run
    with pytest.raises(UsageError, match="other settings"):
        start_run(tmp_path / "run", replace(DESCRIPTION, config_sha256="x"), target.salt)
    with pytest.raises(UsageError, match="another database"):
        start_run(tmp_path / "run", DESCRIPTION, b"other")


def test_callers_and_the_salt_stay_out_of_the_files(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES)
    salt = target_of(db, tmp_path / "run").salt
    for file in (tmp_path / "run").rglob("*.*"):
        content = file.read_bytes()
        assert b"551234567" not in content
        assert salt not in content
        assert salt.hex().encode() not in content
        assert file.stat().st_mode & 0o077 == 0


def test_a_worker_hashes_what_it_reads_and_writes_a_part(db, tmp_path):
    from audit import __version__

    call_wav(tmp_path / "a.wav", 1)
    target = target_of(db, tmp_path / "run")
    worker = ChunkAuditor(DummyAuditor, Config(), target, __version__)
    assert worker.load() is None
    chunk = (
        replace(recording("a"), path=tmp_path / "a.wav", sha256="unread:a", modified_ns=0),
        replace(recording("gone"), path=tmp_path / "gone.wav", sha256="unread:gone"),
    )
    (read, audit), (_, failure) = worker.audit(chunk)
    assert len(read.sha256) == 64
    assert audit.utterances == ()  # the words are in the part
    assert failure.stage == "read"
    assert "every node" in failure.reason
    with duckdb.connect() as query:
        part = tmp_path / "run" / "part-*" / "turns.parquet"
        assert query.execute(f"SELECT count(*) FROM '{part}'").fetchone() == (2,)
    known = calls_of_run(tmp_path / "run").execute("SELECT call_id, status FROM calls").fetchall()
    assert sorted(known) == [("a", "audited"), ("gone", "failed")]


def test_a_part_is_written_when_it_is_due(db, tmp_path, monkeypatch):
    from audit import __version__

    for seed in range(3):
        call_wav(tmp_path / f"c{seed}.wav", seed)
    worker = ChunkAuditor(DummyAuditor, Config(), target_of(db, tmp_path / "run"), __version__)
    assert worker.load() is None
    chunk = [
        replace(recording(f"c{n}"), path=tmp_path / f"c{n}.wav", modified_ns=0) for n in range(3)
    ]
    worker.audit(tuple(chunk[:2]))
    assert len(parts(tmp_path / "run")) == 1
    monkeypatch.setattr("audit.batch.chunk._PART_S", 0.0)
    assert [read.call_id for read, _ in worker.audit(tuple(chunk))] == ["c0", "c1", "c2"]
    assert len(parts(tmp_path / "run")) == 4
    assert ingest_run(tmp_path / "run", db).audited == 3


def test_a_node_with_another_version_says_so():
    error = ChunkAuditor(DummyAuditor, Config(), None, "0.0").load()
    assert "same version" in str(error)

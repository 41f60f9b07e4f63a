"""What a run does when the disk, the share or a recording goes away under it."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from audit.batch import storage
from audit.batch.interruption import StopRequest, stop_on_signals
from audit.batch.run import AuditRequest, run_audit
from audit.config import BatchConfig, Config
from audit.errors import StorageError, StoreError, StoreFullError
from audit.ingest import recordings as finding
from audit.store.consistency import check_database
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.writer import AuditWriter
from tests.dummies import DummyAuditor, call_audit, call_wav
from tests.fault.standins import QuickAuditor, Quiet, audit_of

ROOT = Path(__file__).parents[2]
CONFIG = Config(batch=BatchConfig(storage_wait_s=1.0))


def run(folder, db, factory=QuickAuditor, config=CONFIG, workers=2, **request):
    return run_audit(
        AuditRequest((str(folder),), db, workers=workers, **request), config, Quiet(), factory
    )


def rows(db, sql):
    return list(run_query(db, sql).rows)


def sound(db):
    with open_database(db) as connection:
        assert check_database(connection) == ()


@pytest.fixture
def folder(tmp_path):
    for seed in range(10):
        call_wav(tmp_path / "share" / "calls" / f"c{seed}.wav", seed, seconds=0.1)
    return tmp_path / "share" / "calls"


# The disk of the database is full.

FULL = """
import resource, sys
from pathlib import Path
from audit.batch.run import AuditRequest, run_audit
from audit.config import Config
from audit.errors import StoreFullError
from audit.store.database import open_database
from tests.fault.standins import Quiet, QuickAuditor

if __name__ == "__main__":
    folder, db, most = sys.argv[1:]
    with open_database(Path(db), write=True):
        pass
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))
    try:
        run_audit(AuditRequest((folder,), Path(db), workers=1), Config(), Quiet(), QuickAuditor)
    except StoreFullError as error:
        print(error)
"""


@pytest.mark.parametrize("room", [10_000, 30_000, 60_000])
def test_a_full_disk_ends_the_run_and_loses_nothing(folder, tmp_path, room):
    db = tmp_path / "a.duckdb"
    with open_database(db, write=True):
        pass
    script = tmp_path / "full.py"
    script.write_text(FULL)
    # A limit on the size of files makes writes fail as a full disk does.
    ended = subprocess.run(
        [sys.executable, str(script), str(folder), str(db), str(room)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "cannot be written" in ended.stdout
    assert "the same command does the rest" in ended.stdout
    done = rows(db, "SELECT count(*) FROM calls")[0][0]
    assert done < 10
    sound(db)
    summary = run(folder, db)
    assert (summary.audited, summary.skipped, summary.failed) == (10 - done, done, 0)
    sound(db)


def test_a_write_that_fails_leaves_nothing_of_its_call(folder, tmp_path, monkeypatch):
    import duckdb

    def no_space(self, table, rows, call_id):
        if table == "words":
            raise duckdb.IOException('Could not write file "a.duckdb.wal": No space left on device')

    db = tmp_path / "a.duckdb"
    monkeypatch.setattr(AuditWriter, "_insert_rows", no_space)
    with pytest.raises(StoreFullError, match="No space left"):
        run(folder, db)
    monkeypatch.undo()
    assert rows(db, "SELECT count(*) FROM calls") == [(0,)]
    assert rows(db, "SELECT count(*) FROM turns") == [(0,)]
    assert run(folder, db).audited == 10


class Unstorable:
    """One call holds what no database can."""

    def __init__(self, config):
        pass

    def audit(self, recording):
        audit = call_audit(recording)
        return replace(audit, status="odd") if recording.call_id == "c3" else audit


def test_a_call_that_the_database_cannot_hold_stops_nobody_else(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    summary = run(folder, db, Unstorable)
    assert (summary.audited, summary.failed) == (9, 1)
    assert rows(db, "SELECT call_id, stage FROM failures") == [("c3", "store")]


def test_metadata_that_no_database_can_hold(folder, tmp_path):
    (folder / "c3.json").write_text('{"agent_id": "A\\ud800"}')
    (folder / "c4.json").write_text('{"agent_id": "A\\ud800"}')
    (folder / "c4.wav").write_bytes(b"")
    db = tmp_path / "a.duckdb"
    summary = run(folder, db, DummyAuditor)
    assert (summary.audited, summary.failed) == (8, 2)
    stages = dict(rows(db, "SELECT call_id, stage FROM failures"))
    assert stages == {"c3": "store", "c4": "decode"}
    sound(db)


# The recordings go away.


class TakesAway:
    """Renames the share while the fourth call is read; another process may bring it back."""

    def __init__(self, config):
        self._done = 0

    def audit(self, recording):
        share = recording.path.parents[1]
        self._done += 1
        if self._done == 4:
            share.rename(share.with_name("gone"))
        return read(recording)


def read(recording):
    from audit.ingest.recordings import STAGE_READ
    from audit.types import CallFailure

    if not storage.readable(recording.path):
        return CallFailure(recording.path, STAGE_READ, f"{recording.path} gone", recording.call_id)
    return audit_of(recording)


class Reads:
    def __init__(self, config):
        pass

    def audit(self, recording):
        return read(recording)


def test_a_share_that_goes_away_fails_no_call(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    with pytest.raises(StorageError, match="the same command does the rest"):
        run(folder, db, TakesAway, workers=1)
    assert rows(db, "SELECT count(*) FROM calls WHERE status = 'audited'") == [(3,)]
    assert rows(db, "SELECT count(*) FROM failures") == [(0,)]
    (tmp_path / "gone").rename(tmp_path / "share")
    summary = run(folder, db, Reads)
    assert (summary.audited, summary.skipped, summary.failed) == (7, 3, 0)
    sound(db)


def test_a_share_that_comes_back_in_time_is_waited_for(folder, tmp_path):
    def bring_back():
        deadline = time.monotonic() + 120
        while not (tmp_path / "gone").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.0)
        (tmp_path / "gone").rename(tmp_path / "share")

    waiting = threading.Thread(target=bring_back, daemon=True)
    waiting.start()
    config = Config(batch=BatchConfig(storage_wait_s=60.0))
    summary = run(folder, tmp_path / "a.duckdb", TakesAway, config, workers=1)
    waiting.join()
    assert (summary.audited, summary.failed) == (10, 0)


class TakesOne:
    """Deletes the recording that it is given, if its name says so."""

    def __init__(self, config):
        pass

    def audit(self, recording):
        if recording.call_id == "c5":
            recording.path.unlink()
        return read(recording)


def test_one_recording_that_goes_away_fails_alone(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    summary = run(folder, db, TakesOne)
    assert (summary.audited, summary.failed) == (9, 1)
    assert rows(db, "SELECT call_id, stage FROM failures") == [("c5", "read")]


def test_a_share_that_goes_away_while_it_is_searched(folder, tmp_path, monkeypatch):
    hashed = finding.content_sha256

    def hash_and_take(source):
        if source.path.name == "c4.wav":
            shutil.rmtree(folder)
        return hashed(source)

    monkeypatch.setattr(finding, "content_sha256", hash_and_take)
    db = tmp_path / "a.duckdb"
    with pytest.raises(StorageError):
        run(folder, db)
    assert rows(db, "SELECT count(*) FROM failures") == [(0,)]


@pytest.mark.parametrize("number", ["EIO", "ESTALE", "ENOTCONN"])
def test_a_file_whose_storage_answers_with_an_error_is_not_readable(tmp_path, monkeypatch, number):
    import errno

    call_wav(tmp_path / "a.wav", 1)

    def broken(*args, **kwargs):
        raise OSError(getattr(errno, number), number)

    monkeypatch.setattr(Path, "open", broken)
    monkeypatch.setattr(os, "scandir", broken)
    assert not storage.readable(tmp_path / "a.wav")
    assert storage.storage_gone(tmp_path / "a.wav", ())


def test_a_path_that_was_not_there_is_no_failure_any_more_when_it_is(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    (tmp_path / "share").rename(tmp_path / "gone")
    assert run(folder, db).failed == 1
    assert len(rows(db, "FROM failures")) == 1
    (tmp_path / "gone").rename(tmp_path / "share")
    assert run(folder, db).audited == 10
    assert rows(db, "FROM failures") == []


# Recordings that change, and names that are no text.


class Writes:
    """Appends to the recording while it is audited."""

    def __init__(self, config):
        pass

    def audit(self, recording):
        with recording.path.open("ab") as file:
            file.write(b"more")
        return audit_of(recording)


def test_a_recording_that_is_written_to_meanwhile_is_not_stored(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    assert run(folder, db, Writes).failed == 10
    assert {stage for (stage,) in rows(db, "SELECT stage FROM failures")} == {"changed"}
    assert run(folder, db).audited == 10


def test_a_recording_that_grew_since_is_audited_anew(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    run(folder, db)
    call_wav(folder / "c2.wav", 77, seconds=0.3)
    summary = run(folder, db)
    assert (summary.audited, summary.skipped) == (1, 9)
    assert rows(db, "SELECT count(*) FROM calls") == [(10,)]
    sound(db)


def test_what_is_done_and_has_not_changed_is_not_read_again(folder, tmp_path, monkeypatch):
    db = tmp_path / "a.duckdb"
    run(folder, db)

    def never(source):
        raise AssertionError(f"{source.path} was read again")

    monkeypatch.setattr(finding, "content_sha256", never)
    assert run(folder, db).skipped == 10


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text elsewhere")
def test_a_name_that_is_not_utf_8(folder, tmp_path):
    odd = os.fsencode(folder) + b"/\xff\xfe-call.wav"
    shutil.copy2(folder / "c0.wav", odd)
    (folder / "c0.wav").unlink()
    with open(os.fsencode(folder) + b"/\xfa.wav", "wb"):
        pass  # an empty one, which fails
    db = tmp_path / "a.duckdb"
    summary = run(folder, db, DummyAuditor)
    assert (summary.audited, summary.failed) == (10, 1)
    assert run(folder, db, DummyAuditor).skipped == 10
    sound(db)


class Faulty:
    """Has a fault that shows with one call; its message holds words of the caller."""

    def __init__(self, config):
        pass

    def audit(self, recording):
        if recording.call_id == "c1":
            raise KeyError("أبغى أكلم المدير")
        return audit_of(recording)


def test_a_fault_of_ours_costs_one_call_and_tells_no_words(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    summary = run(folder, db, Faulty)
    assert (summary.audited, summary.failed) == (9, 1)
    ((reason,),) = rows(db, "SELECT reason FROM failures")
    assert "KeyError in test_trouble.py" in reason
    assert "المدير" not in reason


# Stopping.


def test_the_first_signal_is_noted_and_the_second_ends_at_once():
    import signal

    with stop_on_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            stop.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_stop_while_recordings_are_searched_for(folder, tmp_path, monkeypatch):
    db = tmp_path / "a.duckdb"
    monkeypatch.setattr(StopRequest, "requested", True, raising=False)
    monkeypatch.setattr(StopRequest, "__init__", lambda self: None)
    summary = run(folder, db)
    assert summary.interrupted
    assert rows(db, "SELECT finished_at IS NOT NULL, audited FROM runs") == [(True, 0)]


# What a killed process left behind.


def test_what_a_killed_database_put_on_the_disk_is_removed(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    spilled = tmp_path / ".a.duckdb.spill-killed"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"x" * 1000)
    run(folder, db)
    assert not spilled.exists()


def test_counts_of_a_killed_run_are_right(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    with pytest.raises(StorageError):
        run(folder, db, TakesAway, workers=1)
    assert rows(db, "SELECT audited, failed, stage_ms['recognize'] FROM runs") == [(3, 0, 15)]


def test_a_database_that_cannot_be_made(folder, tmp_path):
    with pytest.raises(StoreError):
        run(folder, tmp_path / "nowhere" / "a.duckdb")


def test_the_limit_of_open_files_is_far(folder, tmp_path):
    """Pipes and processes of workers are closed when they are replaced."""
    before = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    for _ in range(2):
        run(folder, tmp_path / "a.duckdb", again=True)
    after = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    assert after <= before + 3
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > after

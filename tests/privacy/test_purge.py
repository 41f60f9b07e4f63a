"""What is deleted is gone: from every table, from the file, from the excerpts; and is logged."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.reporting.excerpt_removal import remove_excerpts
from audit.reporting.flat_files import csv_cell
from audit.store import rewriting
from audit.store.database import open_database
from audit.store.keys import KEY_VARIABLE
from audit.store.queries import run_query
from audit.store.writer import CHILDREN
from audit.types import CallMetadata
from tests.privacy.stored_calls import (
    NEW,
    OLD,
    began,
    bytes_of,
    said,
    write_calls,
    write_failure,
)


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "a.duckdb"
    write_calls(path, {OLD: began(2020), NEW: began(2026)})
    return path


def column(db, sql):
    return [row[0] for row in run_query(db, sql).rows]


def tables_with_calls(db):
    sql = "SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = 'call_id'"
    return column(db, sql)


def test_a_purged_call_is_in_no_table_and_nowhere_in_the_file(tasleek, db):
    assert OLD.encode() in bytes_of(db)
    code, out, _ = tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)
    assert code == 0
    assert "1 calls deleted" in out
    for table in tables_with_calls(db):
        assert OLD not in column(db, f"SELECT call_id FROM {table}")
    assert OLD.encode() not in bytes_of(db)
    assert said(NEW).encode() in bytes_of(db)
    assert column(db, "SELECT text FROM turns WHERE call_id = 'NEWMARK' AND turn_index = 0") == [
        said(NEW)
    ]
    with open_database(db, write=True) as connection:  # it still takes calls, under the same salt
        connection.execute("DELETE FROM calls")


def test_deleting_alone_would_leave_the_bytes(db):
    """What the rewriting is for."""
    tables = [t for t in tables_with_calls(db) if t in ("calls", *CHILDREN, "reviews", "surveys")]
    with open_database(db, write=True) as connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table} WHERE call_id = 'OLDMARK'")
        connection.execute("CHECKPOINT")
    assert OLD.encode() in bytes_of(db)
    rewriting.rewrite(db)
    assert OLD.encode() not in bytes_of(db)


def test_an_encrypted_database_stays_encrypted(tasleek, tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "0123456789abcdef0123456789abcdef")
    db = tmp_path / "e.duckdb"
    write_calls(db, {OLD: began(2020), NEW: began(2026)}, encrypted=True)
    assert tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)[0] == 0
    assert column(db, "SELECT call_id FROM calls") == [NEW]
    assert NEW.encode() not in bytes_of(db)


def test_what_was_done_is_logged_without_the_name_of_the_call(tasleek, db):
    tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)
    (done,) = column(db, "SELECT scope FROM access_log WHERE scope LIKE 'deleted:%'")
    assert done.startswith("deleted: calls=1 rows=")
    assert "before=2026-01-01T00:00:00+03:00" in done
    assert column(db, "SELECT len(call_refs) FROM access_log WHERE scope LIKE 'deleted:%'") == [1]


def test_dry_run_deletes_nothing(tasleek, db):
    code, out, _ = tasleek("purge", "--before", "2026-01-01", "--dry-run", "--db", db)
    assert code == 0
    assert OLD in out
    assert "Nothing was deleted" in out
    assert sorted(column(db, "SELECT call_id FROM calls")) == [NEW, OLD]


def test_nobody_to_ask_means_no(tasleek, db, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, _, err = tasleek("purge", "--before", "2026-01-01", "--db", db)
    assert code == 2
    assert "--yes" in err
    assert len(column(db, "SELECT call_id FROM calls")) == 2


def test_retention_comes_from_the_configuration(tasleek, db, tmp_path):
    assert "days under [retention]" in tasleek("purge", "--yes", "--db", db)[2]
    days = (datetime.now(UTC) - datetime(2026, 5, 1, tzinfo=UTC)) // timedelta(days=1)
    (tmp_path / "tasleek.toml").write_text(f"[retention]\ndays = {days}\n")
    assert tasleek("purge", "--yes", "--db", db)[0] == 0
    assert column(db, "SELECT call_id FROM calls") == [NEW]


@pytest.mark.parametrize("before", ["yesterday", "2026-13-01", ""])
def test_a_date_that_is_none(tasleek, db, before):
    code, _, err = tasleek("purge", "--before", before, "--yes", "--db", db)
    assert code == 2
    assert "is not a date" in err


def test_a_day_begins_at_midnight_of_the_configured_zone(tasleek, tmp_path):
    db = tmp_path / "z.duckdb"
    at = datetime(2025, 12, 31, 21, 30, tzinfo=UTC)  # half past midnight in Riyadh
    write_calls(db, {NEW: CallMetadata(started_at=at)})
    tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)
    assert column(db, "SELECT call_id FROM calls") == [NEW]


def test_a_call_without_a_date_counts_from_its_audit(tasleek, tmp_path):
    db = tmp_path / "n.duckdb"
    write_calls(db, {NEW: CallMetadata()})
    tasleek("purge", "--before", "2026-01-01", "--yes", "--db", db)
    assert column(db, "SELECT call_id FROM calls") == [NEW]
    tasleek("purge", "--before", "2099-01-01", "--yes", "--db", db)
    assert column(db, "SELECT call_id FROM calls") == []


def test_failures_go_with_their_age(tasleek, db):
    write_failure(db, "FAILMARK")
    tasleek("purge", "--before", "2099-01-01", "--yes", "--db", db)
    assert column(db, "SELECT path FROM failures") == []
    assert b"FAILMARK" not in bytes_of(db)


def excerpts(folder: Path, names=("clips/old.wav", "clips/new.wav")) -> Path:
    (folder / "clips").mkdir(parents=True)
    with (folder / "excerpts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "call_id", "turn_index", "label"])
        for name, call_id in zip(names, (OLD, NEW), strict=True):
            writer.writerow([name, call_id, 1, "placation"])
            (folder / "clips" / Path(name).name.replace("\0", "")).write_bytes(b"RIFF")
    return folder


def test_excerpts_go_too(tasleek, db, tmp_path):
    folder = excerpts(tmp_path / "x")
    code, out, _ = tasleek(
        "purge", "--before", "2026-01-01", "--yes", "--excerpts", folder, "--db", db
    )
    assert code == 0
    assert "1 excerpts" in out
    assert [file.name for file in (folder / "clips").iterdir()] == ["new.wav"]
    with (folder / "excerpts.csv").open(newline="") as file:
        assert [row["call_id"] for row in csv.DictReader(file)] == [NEW]


def test_excerpts_of_calls_whose_names_look_like_formulas_go_too(tmp_path):
    """The list has an apostrophe before such a name."""
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "a.wav").write_bytes(b"RIFF")
    with (folder / "excerpts.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "call_id"], ["a.wav", csv_cell("=1+1")]])
    assert remove_excerpts(folder, ["=1+1"]) == 1
    assert not (folder / "a.wav").exists()


@pytest.mark.parametrize("name", ["../victim.wav", "/etc/hostname", "a\0b"])
def test_a_list_of_excerpts_cannot_have_other_files_deleted(tasleek, db, tmp_path, name):
    victim = tmp_path / "victim.wav"
    victim.write_bytes(b"RIFF")
    folder = excerpts(tmp_path / "x", (name, "clips/new.wav"))
    code, _, err = tasleek(
        "purge", "--before", "2026-01-01", "--yes", "--excerpts", folder, "--db", db
    )
    assert code == 2
    assert "no file in the folder" in err
    assert victim.exists()
    assert len(column(db, "SELECT call_id FROM calls")) == 2


def test_no_folder_of_excerpts(tasleek, db, tmp_path):
    code, _, err = tasleek(
        "purge", "--before", "2026-01-01", "--yes", "--excerpts", tmp_path, "--db", db
    )
    assert code == 2
    assert "no list of excerpts" in err


def test_only_the_recording_that_was_audited_is_deleted(tasleek, db, tmp_path):
    sound, other = tmp_path / f"{OLD}.wav", tmp_path / "other.wav"
    for file in (sound, other):
        file.write_bytes(b"RIFF")
    with open_database(db, write=True) as connection:
        connection.execute(
            "UPDATE calls SET sha256 = ? WHERE call_id = 'OLDMARK'",
            [hashlib.sha256(b"RIFF").hexdigest()],
        )
        connection.execute("UPDATE calls SET path = ?, started_at = '2021-01-01' "
                           "WHERE call_id = 'NEWMARK'",
                           [str(other)])  # fmt: skip
    code, out, _ = tasleek("purge", "--before", "2026-01-01", "--yes", "--recordings", "--db", db)
    assert code == 0
    assert not sound.exists()
    assert other.exists()
    assert "1 recordings of these calls are still there" in out


def test_a_rewriting_that_was_killed_leaves_the_old_file_and_its_rest_is_removed(db, tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom audit.store import rewriting\n"
        "rewriting.os.replace = lambda *_: os._exit(9)\n"
        "rewriting.rewrite(Path(sys.argv[1]))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(db)], check=False)
    assert ended.returncode == 9
    assert len(column(db, "SELECT call_id FROM calls")) == 2
    assert len(list(tmp_path.glob(".a.duckdb.rewriting-*"))) == 1
    with open_database(db, write=True):
        pass
    assert list(tmp_path.glob(".a.duckdb.rewriting-*")) == []

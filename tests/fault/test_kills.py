"""Fifty runs that are killed at random moments: nothing finished is lost, nothing is stored twice, and
the same command does the rest."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from audit.store.consistency import check_database
from audit.store.database import open_database
from tests.dummies import call_wav
from tests.fault.standins import SAID, turns_of

pytestmark = [
    pytest.mark.fault,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the worker processes in /proc"),
]
ROOT = Path(__file__).parents[2]
CALLS = 12
KILLS = 50
#: Runs that are killed at the same time, each with a database of its own: one hardly fills a core.
TOGETHER = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    calls = tmp_path_factory.mktemp("fault") / "calls"
    for seed in range(CALLS):
        call_wav(calls / f"c{seed:02}.wav", seed, seconds=0.1)
    return calls


def start(folder, db):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fault.standins", str(folder), str(db), "2"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def undisturbed_s(folder, db):
    """How long a run takes that nobody disturbs."""
    began = time.monotonic()
    out, err = start(folder, db).communicate(timeout=120)
    assert json.loads(out) == {"audited": CALLS, "failed": 0}, err
    return time.monotonic() - began


def workers_of(pid):
    """The processes that do the work, not the one that multiprocessing keeps for itself."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        told = {int(c): Path(f"/proc/{c}/cmdline").read_bytes() for c in children}
    except OSError:
        return []
    return [child for child, command in told.items() if b"spawn_main" in command]


def gone(pid, within_s=20.0):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def stored(db):
    """The audited calls, after every check of the database; ``None`` where there is none yet."""
    if not db.exists():
        return None
    with open_database(db, write=True) as connection:
        assert check_database(connection) == ()
        rows = connection.execute(
            "SELECT call_id, status, "
            "(SELECT count(*) FROM turns t WHERE t.call_id = c.call_id), "
            "(SELECT count(*) FROM words w WHERE w.call_id = c.call_id), "
            "(SELECT count(*) FROM flags f WHERE f.call_id = c.call_id) FROM calls c"
        ).fetchall()
    calls = [row[0] for row in rows]
    assert len(calls) == len(set(calls))
    for call_id, status, turns, words, flags in rows:
        expected = turns_of(call_id)
        assert (status, turns, words) == ("audited", expected, expected * len(SAID)), call_id
        assert flags == expected // 2
    return set(calls)


def copied(db, target):
    """The database and its log of writes as the killed process left them."""
    target.mkdir()
    for file in db.parent.glob(f"{db.name}*"):
        if file.is_file():
            shutil.copy2(file, target)
    return target / db.name


@pytest.fixture(scope="module")
def trials(folder):
    """One trial a seed, under way."""
    place = folder.parent
    with ThreadPoolExecutor(TOGETHER) as pool:
        usual = [place / f"usual{n}.duckdb" for n in range(TOGETHER)]
        usual_s = max(pool.map(lambda db: undisturbed_s(folder, db), usual))
        yield [
            pool.submit(killed_and_begun_again, seed, folder, usual_s, place / str(seed))
            for seed in range(KILLS)
        ]
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_at_any_moment_loses_nothing(seed, trials):
    trials[seed].result()


def killed_and_begun_again(seed, folder, usual_s, place):
    rng = random.Random(seed)
    victim, moment_s = rng.choice(["parent", "worker"]), rng.uniform(0.05, usual_s)
    place.mkdir()
    db = place / "a.duckdb"
    process = start(folder, db)
    time.sleep(moment_s)
    workers = workers_of(process.pid)
    if victim == "worker":
        while not workers and process.poll() is None:
            time.sleep(0.01)
            workers = workers_of(process.pid)
        if workers:
            kill(rng.choice(workers))
        out, err = process.communicate(timeout=120)
        assert json.loads(out) == {"audited": CALLS, "failed": 0}, err
        assert len(stored(db)) == CALLS
        return
    process.kill()
    process.communicate(timeout=60)
    for worker in workers:
        assert gone(worker), "a worker outlived its parent"
    before = stored(copied(db, place / "copy")) if db.exists() else None
    out, err = start(folder, db).communicate(timeout=120)
    assert json.loads(out)["failed"] == 0, err
    assert len(stored(db)) == CALLS
    # What was done before the kill was not done again.
    assert json.loads(out)["audited"] == CALLS - len(before or ())


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it had just ended by itself


def test_a_killed_write_is_whole_or_not_there(tmp_path):
    """SIGKILL between two statements of a call's transaction."""
    db = tmp_path / "a.duckdb"
    code = f"""
import os
from pathlib import Path
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import Recording
from tests.fault.standins import audit_of

with open_database(Path({str(db)!r}), write=True) as connection:
    writer = AuditWriter(connection, RunDescription("0", "", "", "", {{}}, ""))
    writer.write_audit(audit_of(Recording("done", Path("/done.wav"), "aa")))
    insert = AuditWriter._insert_rows
    def fatal(self, table, rows, call_id):
        insert(self, table, rows, call_id)
        if table == "words":
            os.kill(os.getpid(), 9)
    AuditWriter._insert_rows = fatal
    writer.write_audit(audit_of(Recording("half", Path("/half.wav"), "bb")))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert ended.returncode == -signal.SIGKILL
    with duckdb.connect(str(db), read_only=True) as connection:  # a reader replays the log, too
        assert connection.execute("SELECT call_id FROM calls").fetchall() == [("done",)]
    assert stored(db) == {"done"}

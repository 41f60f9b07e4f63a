"""Runs on a Ray cluster of several nodes on this machine: one is killed in the middle, and a run is
interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from audit.batch.cluster import ClusterRequest, run_on_cluster
from audit.batch.run import AuditRequest
from audit.config import Config
from audit.store.consistency import check_database
from audit.store.database import open_database
from audit.store.ingest import ingest_run
from audit.store.run_folder import calls_of_run, parts
from tests.dummies import call_wav
from tests.fault.standins import Quiet, turns_of
from tests.ray.standins import SlowAuditor

pytest.importorskip("ray", reason="Ray is not installed (the extra tasleek[ray])")
pytestmark = pytest.mark.ray

CALLS = 24
#: `tasleek` with the stand-in in place of the models.
TASLEEK = """
import audit.pipeline
from audit.cli import main
from tests.ray.standins import SlowAuditor

audit.pipeline.load_pipeline = SlowAuditor
main()
"""


@pytest.fixture
def folder(tmp_path):
    for seed in range(CALLS):
        call_wav(tmp_path / "calls" / f"c{seed:02}.wav", seed, seconds=0.1)
    return tmp_path / "calls"


def kill_in_the_middle(cluster) -> threading.Thread:
    """Take a node away as soon as both have begun and some calls are done."""

    def kill() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            begun = cluster.begun()
            if len(begun) == 2 and sum(map(len, begun.values())) >= 6:
                cluster.kill_one()
                (cluster.notes / "killed.in.the-middle").touch()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def run(cluster, folder, db, run_folder=None):
    request = ClusterRequest(AuditRequest((str(folder),), db), cluster.address, run_folder)
    return run_on_cluster(request, Config(), Quiet(), SlowAuditor)


def stored_exactly_once(db: Path, calls: int) -> None:
    with open_database(db) as connection:
        assert check_database(connection) == ()
        found = connection.execute(
            "SELECT call_id, count(turn_index) FROM calls LEFT JOIN turns USING (call_id) "
            "WHERE status = 'audited' GROUP BY ALL"
        ).fetchall()
    assert len(found) == calls
    assert dict(found) == {call_id: turns_of(call_id) for call_id, _ in found}


@pytest.mark.parametrize("by_parquet", [True, False])
def test_a_node_that_is_killed_loses_no_call(cluster, folder, tmp_path, by_parquet):
    db = tmp_path / "a.duckdb"
    run_folder = tmp_path / "run" if by_parquet else None
    if by_parquet:  # a call that kills its worker each time costs itself only
        call_wav(folder / "poison-crash.wav", 99, seconds=0.1)
    killer = kill_in_the_middle(cluster)
    summary = run(cluster, folder, db, run_folder)
    killer.join()
    begun = cluster.begun()
    assert begun.pop("in", []), "the node was to be killed in the middle"
    assert (summary.audited, summary.failed) == (CALLS, int(by_parquet))
    tried = Counter(call_id for calls in begun.values() for call_id in calls)
    del tried["poison-crash"]
    assert max(tried.values()) > 1, "no call was tried on a second node"
    if by_parquet:
        ingested = ingest_run(run_folder, db)
        assert (ingested.audited, ingested.failed) == (CALLS, 1)
        assert ingest_run(run_folder, db).audited == 0
        before = len(parts(run_folder))
        (folder / "poison-crash.wav").unlink()
        assert run(cluster, folder, db, run_folder).skipped == CALLS
        assert len(parts(run_folder)) == before
    stored_exactly_once(db, CALLS)
    assert not list(Path(tmp_path).rglob(".unfinished-*"))


def test_ctrl_c_ends_within_seconds_and_the_same_command_does_the_rest(cluster, folder, tmp_path):
    db, run_folder = tmp_path / "a.duckdb", tmp_path / "run"
    words = [
        "audit", folder, "--executor", "ray", "--address", cluster.address, "--run-folder",
        run_folder, "--db", db,
    ]  # fmt: skip
    command = [sys.executable, "-c", TASLEEK, *map(str, words)]
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not parts(run_folder) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    began = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 5
    assert process.returncode == 130, err
    assert f"what is done is in {run_folder}. The same command does the rest" in err
    assert f"tasleek db ingest {run_folder} --db {db}" in err
    with closing(calls_of_run(run_folder)) as written:
        done = {row[0] for row in written.execute("SELECT call_id FROM calls").fetchall()}
    assert 0 < len(done) < CALLS
    cluster.fill()  # no notes of what was begun before
    assert subprocess.run(command, capture_output=True).returncode == 0
    begun = {call_id for calls in cluster.begun().values() for call_id in calls}
    assert begun.isdisjoint(done)
    assert ingest_run(run_folder, db).audited == CALLS
    stored_exactly_once(db, CALLS)

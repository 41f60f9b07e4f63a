"""Runs on a Ray cluster of several nodes on this machine, one of which is killed in the middle."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from audit.batch.cluster import ClusterRequest, run_on_cluster
from audit.batch.run import AuditRequest
from audit.config import Config
from audit.store.consistency import check_database
from audit.store.database import open_database
from audit.store.ingest import ingest_run
from audit.store.run_folder import parts
from tests.dummies import call_wav
from tests.fault.standins import Quiet, turns_of
from tests.ray.standins import NOTES, SlowAuditor

pytest.importorskip("ray", reason="Ray is not installed (the extra tasleek[ray])")
pytestmark = pytest.mark.ray

ROOT = Path(__file__).parents[2]
CALLS = 24
NODE = {"num_cpus": 1, "memory": 3 << 30, "object_store_memory": 80 << 20}


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    from ray.cluster_utils import Cluster

    (tmp_path / "notes").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv(NOTES, str(tmp_path / "notes"))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "object_store_memory": 80 << 20, "include_dashboard": False},
    )
    cluster.killable = [cluster.add_node(**NODE) for _ in range(2)]
    yield cluster
    cluster.shutdown()


@pytest.fixture
def folder(tmp_path):
    for seed in range(CALLS):
        call_wav(tmp_path / "calls" / f"c{seed:02}.wav", seed, seconds=0.1)
    return tmp_path / "calls"


def begun_by_node(notes: Path) -> dict[str, set[str]]:
    begun: dict[str, set[str]] = {}
    for note in notes.iterdir():
        call_id, _, node = note.name.rpartition(".")
        begun.setdefault(node, set()).add(call_id)
    return begun


def kill_in_the_middle(cluster, notes: Path) -> threading.Thread:
    """Take a node away as soon as both have begun and some calls are done."""

    def kill() -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            begun = begun_by_node(notes)
            if len(begun) == 2 and sum(map(len, begun.values())) >= 6:
                cluster.remove_node(cluster.killable[0], allow_graceful=False)
                (notes / "killed").touch()
                return
            time.sleep(0.05)

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
    killer = kill_in_the_middle(cluster, tmp_path / "notes")
    summary = run(cluster, folder, db, run_folder)
    killer.join()
    assert (tmp_path / "notes" / "killed").exists(), "the node was to be killed in the middle"
    assert (summary.audited, summary.failed) == (CALLS, int(by_parquet))
    tried = [p.name.partition(".")[0] for p in (tmp_path / "notes").iterdir() if "." in p.name]
    assert len(tried) > len(set(tried)), "no call was tried on a second node"
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

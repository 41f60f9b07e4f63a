"""Workers that die, hang, or cannot start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.batch.pool import STAGE_TIME, STAGE_WORKER, WorkerPool
from audit.config import Config
from audit.errors import ModelError
from audit.types import CallFailure, Recording

PATIENCE_S = 60


def recording(name):
    return Recording(name, Path(f"/calls/{name}.wav"), name)


class Doer:
    """Does what the name of the recording says; notes every try in the folder of the environment."""

    def __init__(self, config):
        self._notes = Path(os.environ["TASLEEK_TEST_NOTES"])

    def __call__(self, recording):
        name = recording.call_id
        note = self._notes / f"{name}.{os.getpid()}"
        note.touch()
        tries = len(list(self._notes.glob(f"{name}.*")))
        if name.startswith("always-dies") or (name.startswith("dies-once") and tries == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("hangs"):
            time.sleep(600)
        if name.startswith("slow"):
            time.sleep(0.5)
        (self._notes / f"{name}.alone").write_text(str(running(self._notes)))
        return f"{name} done"


def running(notes):
    """How many workers are alive that had a task once."""
    pids = {int(note.suffix[1:]) for note in notes.iterdir() if note.suffix[1:].isdigit()}
    return sum(Path(f"/proc/{pid}/cmdline").exists() for pid in pids)


class DiesAtStart:
    def __init__(self, config):
        os._exit(3)


class Unloadable:
    def __init__(self, config):
        raise ModelError("no weights; run `tasleek models fetch`")


class Faulty:
    def __init__(self, config):
        raise RuntimeError("out of something")


@pytest.fixture
def notes(tmp_path, monkeypatch):
    monkeypatch.setenv("TASLEEK_TEST_NOTES", str(tmp_path))
    return tmp_path


def results(pool, names, wanted=True):
    """All results by name; ends the pool."""
    queue = [recording(name) for name in names]
    done = {}
    deadline = time.monotonic() + PATIENCE_S
    try:
        while queue or pool.busy:
            assert time.monotonic() < deadline, "the pool hangs"
            while queue and pool.free:
                pool.submit(queue.pop(0))
            done.update({r.call_id: result for r, result in pool.wait(0.2, len(queue))})
    finally:
        pool.stop()
    return done


def pool_of(make, size=2, limit_s=PATIENCE_S):
    return WorkerPool(make, Config(), size, 1, lambda recording: limit_s)


def test_everything_is_done_once(notes):
    names = [f"c{n}" for n in range(20)]
    assert results(pool_of(Doer), names) == {name: f"{name} done" for name in names}
    assert len(list(notes.glob("c*.[0-9]*"))) == 20


def test_a_worker_that_dies_is_replaced_and_its_task_done_at_the_second_try(notes):
    done = results(pool_of(Doer), ["a", "dies-once", "b", "c"])
    assert done == {name: f"{name} done" for name in ("a", "dies-once", "b", "c")}
    assert len(list(notes.glob("dies-once.[0-9]*"))) == 2


def test_the_second_try_has_the_machine_to_itself(notes):
    results(pool_of(Doer, size=3), ["slow1", "slow2", "dies-once", "slow3", "slow4"])
    # Workers that wait hold their models in memory: they are ended, too.
    assert (notes / "dies-once.alone").read_text() == "1"


def test_a_task_that_kills_its_worker_twice_fails_with_the_reason(notes):
    done = results(pool_of(Doer), ["a", "always-dies", "b"])
    failure = done.pop("always-dies")
    assert isinstance(failure, CallFailure)
    assert failure.stage == STAGE_WORKER
    assert "twice" in failure.reason
    assert "memory runs out" in failure.reason
    assert len(list(notes.glob("always-dies.[0-9]*"))) == 2
    assert set(done) == {"a", "b"}


def test_several_tasks_that_kill_their_workers(notes):
    names = ["always-dies1", "dies-once1", "always-dies2", "a", "dies-once2"]
    done = results(pool_of(Doer), names)
    assert set(done) == set(names)
    failed = {name for name, result in done.items() if isinstance(result, CallFailure)}
    assert failed == {"always-dies1", "always-dies2"}


@pytest.mark.parametrize("size", [1, 2])
def test_a_task_that_hangs_meets_its_time_limit(notes, size):
    began = time.monotonic()
    done = results(pool_of(Doer, size, limit_s=1.5), ["hangs", "a"])
    failure = done["hangs"]
    assert failure.stage == STAGE_TIME
    assert "time_limit_factor" in failure.reason
    assert done["a"] == "a done"
    assert time.monotonic() - began < 30
    assert len(list(notes.glob("hangs.[0-9]*"))) == 1


def test_workers_that_die_while_loading_end_the_run_with_a_reason():
    with pytest.raises(ModelError, match="fewer --workers"):
        results(pool_of(DiesAtStart), ["a"])


@pytest.mark.parametrize(("make", "says"), [(Unloadable, "models fetch"), (Faulty, "out of some")])
def test_models_that_cannot_be_loaded_say_why(make, says):
    with pytest.raises(ModelError, match=says):
        results(pool_of(make), ["a"])


def test_no_more_workers_than_tasks(notes):
    pool = pool_of(Doer, size=4)
    results(pool, ["a", "b"])
    assert len({note.suffix for note in notes.glob("[ab].[0-9]*")}) <= 2


def test_an_idle_worker_that_is_killed_costs_nothing(notes):
    pool = pool_of(Doer, size=1)
    try:
        while not pool.free:
            pool.wait(0.2, 1)
        os.kill(pool._workers[0].process.pid, signal.SIGKILL)
        time.sleep(0.2)
        pool.submit(recording("a"))
        done = []
        while not done:
            done = pool.wait(0.2, 0)
        assert done[0][1] == "a done"
    finally:
        pool.stop()


ORPHANS = """
import sys, time
from tests.batch.test_pool import Doer, pool_of, recording
if __name__ == "__main__":
    pool = pool_of(Doer)
    while not pool.in_work == 2:
        pool.wait(0.1, 2)
        while pool.free:
            pool.submit(recording("hangs"))
    print(*[worker.process.pid for worker in pool._workers], flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_workers_do_not_outlive_a_killed_parent(notes, tmp_path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.05)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

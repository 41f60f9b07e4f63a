"""Runs over folders with everything that goes wrong in them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.batch.run import AuditRequest, run_audit
from audit.config import Config, IngestConfig
from audit.errors import ModelError, UsageError
from audit.store.queries import run_query
from tests.dummies import DummyAuditor, call_wav, tone, write_wav

CONFIG = Config(ingest=IngestConfig(max_duration_min=1))


class Silent:
    def __init__(self):
        self.plan = None
        self.outcomes = []

    def planned(self, plan, total_audio_ms):
        self.plan, self.total_audio_ms = plan, total_audio_ms

    def finished(self, outcome):
        self.outcomes.append(outcome)


def run(folder, db, workers=1, manifest=None, again=False):
    observer = Silent()
    request = AuditRequest((str(folder),), db, manifest, workers, again)
    return run_audit(request, CONFIG, observer, DummyAuditor), observer


def rows(db, sql):
    return list(run_query(db, sql).rows)


@pytest.fixture
def folder(tmp_path):
    calls = tmp_path / "calls"
    for seed in range(4):
        call_wav(calls / f"good{seed}.wav", seed, seconds=1 + seed)
    return calls


@pytest.mark.parametrize("workers", [1, 2])
def test_all_that_goes_wrong_stops_nobody_else(folder, tmp_path, workers):
    whole = write_wav(tmp_path / "whole.wav", tone(10.0)).read_bytes()
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("a letter " * 100)
    (folder / "cut.wav").write_bytes(whole[:9000])
    write_wav(folder / "zero.wav", tone(0.0))
    write_wav(folder / "hours.wav", tone(100.0))
    call_wav(folder / "other" / "good0.wav", 99)
    db = tmp_path / "a.duckdb"
    summary, _ = run(folder, db, workers)
    assert (summary.audited, summary.failed) == (4, 6)
    failures = dict(rows(db, "SELECT path, reason FROM failures"))
    for name in ("empty", "text", "cut", "zero", "hours", "other/good0"):
        (reason,) = (r for path, r in failures.items() if path.endswith(f"{name}.wav"))
        assert f"{name}.wav" in reason
    assert rows(db, "SELECT count(*) FROM calls WHERE status = 'audited'") == [(4,)]


def test_running_again_does_only_what_is_left(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    run(folder, db)
    call_wav(folder / "new.wav", 50)
    summary, observer = run(folder, db)
    assert (summary.audited, summary.skipped) == (1, 4)
    assert [o.recording.call_id for o in observer.outcomes] == ["new"]
    assert run(folder, db, again=True)[0].audited == 5
    assert (
        rows(db, "SELECT count(*), count(DISTINCT call_id) FROM turns GROUP BY call_id")
        == [(2, 1)] * 5
    )


def test_a_repaired_recording_is_done_on_the_next_run(folder, tmp_path):
    db = tmp_path / "a.duckdb"
    (folder / "broken.wav").write_bytes(b"")
    assert run(folder, db)[0].failed == 1
    call_wav(folder / "broken.wav", 60)
    assert run(folder, db)[0].audited == 1
    assert rows(db, "FROM failures") == []


def test_the_longest_recording_is_handed_out_first(folder, tmp_path):
    _, observer = run(folder, tmp_path / "a.duckdb")
    lengths = [o.info.duration_ms for o in observer.outcomes]
    assert lengths == sorted(lengths, reverse=True)
    assert observer.total_audio_ms == pytest.approx(sum(lengths), abs=50)


def test_a_worker_that_dies_costs_its_own_call_only(folder, tmp_path):
    call_wav(folder / "bad-crash.wav", 70, seconds=2.5)
    db = tmp_path / "a.duckdb"
    summary, _ = run(folder, db, workers=2)
    assert (summary.audited, summary.failed) == (4, 1)
    ((stage, reason),) = rows(db, "SELECT stage, reason FROM failures")
    assert stage == "worker"
    assert "bad-crash.wav" in reason


def without_models(config):
    raise ModelError("no weights; run `tasleek models fetch`")


@pytest.mark.parametrize("workers", [1, 2])
def test_models_that_cannot_be_loaded_stop_the_run_with_their_own_message(
    folder, tmp_path, workers
):
    request = AuditRequest((str(folder),), tmp_path / "a.duckdb", workers=workers)
    with pytest.raises(ModelError, match="models fetch"):
        run_audit(request, CONFIG, Silent(), without_models)


def test_no_recording_given(tmp_path):
    with pytest.raises(UsageError, match="give recordings"):
        run_audit(AuditRequest((), tmp_path / "a.duckdb"), CONFIG, Silent(), DummyAuditor)


RUN_SLOW = """
import sys
from pathlib import Path
from audit.batch.run import AuditRequest, run_audit
from audit.config import Config
from tests.dummies import DummyAuditor

class Teller:
    def planned(self, plan, total_audio_ms): pass
    def finished(self, outcome): print("done", flush=True)

if __name__ == "__main__":
    request = AuditRequest((sys.argv[1],), Path(sys.argv[2]), None, int(sys.argv[3]))
    print(run_audit(request, Config(), Teller(), DummyAuditor).interrupted)
"""


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_is_done_survives_an_interrupt_and_a_kill(folder, tmp_path, workers, how):
    call_wav(folder / "last-slow.wav", 80, seconds=0.2)
    db = tmp_path / "a.duckdb"
    script = tmp_path / "run_slow.py"
    script.write_text(RUN_SLOW)
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(db), str(workers)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
    )  # fmt: skip
    for _ in range(4):
        assert process.stdout.readline() == "done\n"
    began = time.monotonic()
    if how != signal.SIGKILL:
        process.send_signal(how)
        assert process.communicate(timeout=30)[0] == "True\n"
        assert time.monotonic() - began < 5
    else:
        os.killpg(process.pid, how)
        process.wait()
    assert rows(db, "SELECT count(*) FROM calls WHERE status = 'audited'") == [(4,)]
    (folder / "last-slow.wav").unlink()
    assert run(folder, db)[0].skipped == 4

"""No sound is left on the disk by a run, not even by one that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.store.database import open_database
from tests.dummies import call_wav

ROOT = Path(__file__).parents[2]
RUN = (
    "from audit import pipeline\nfrom tests.dummies import DummyAuditor\n"
    "pipeline.load_pipeline = DummyAuditor\nfrom audit.cli import main\nmain()\n"
)


@pytest.mark.parametrize("killed", [False, True])
def test_a_run_leaves_the_database_and_nothing_else(tmp_path, killed):
    temporary, out = tmp_path / "tmp", tmp_path / "out"
    temporary.mkdir()
    out.mkdir()
    call_wav(tmp_path / "calls" / "a.wav", 1)
    call_wav(tmp_path / "calls" / ("b-slow.wav" if killed else "b.wav"), 2)
    before = sorted((tmp_path / "calls").iterdir())
    command = [
        sys.executable,
        "-c",
        RUN,
        "audit",
        str(tmp_path / "calls"),
        "--db",
        str(out / "a.duckdb"),
    ]
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(
        [*command, "--workers", "2"], env=environment, cwd=out, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if killed:
        for line in running.stderr:
            if line.startswith("[1/2]"):
                break
        time.sleep(0.5)
        os.killpg(running.pid, signal.SIGKILL)
    running.communicate(timeout=120)
    assert running.returncode == (-signal.SIGKILL if killed else 0)
    assert list(temporary.rglob("*.*")) == []
    assert sorted((tmp_path / "calls").iterdir()) == before
    if killed:
        # DuckDB's folder for what does not fit in memory holds no sound, and the next run removes it.
        assert [file for folder in out.glob(".a.duckdb.spill-*") for file in folder.iterdir()] == []
        with open_database(out / "a.duckdb", write=True):
            pass
    assert {file.name.removeprefix("a.duckdb") for file in out.iterdir()} <= {"", ".wal"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in out.iterdir())

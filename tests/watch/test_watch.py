"""The service: recordings arrive, calls are stored, others can read meanwhile, and it ends when told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from audit.batch.health import notify_systemd
from audit.batch.watch import WatchRequest, watch
from audit.config import Config
from audit.errors import UsageError
from audit.store.consistency import check_database
from audit.store.database import open_database
from tests.dummies import call_wav

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60

SERVICE = """
import sys
from audit import pipeline
from tests.watch.test_watch import Watched

pipeline.load_pipeline = Watched
from audit.cli import main
if __name__ == "__main__":
    main()
"""


class Watched:
    """Takes long for recordings whose name says so, ends the worker for others."""

    def __init__(self, config):
        pass

    def audit(self, recording):
        from tests.fault.standins import audit_of

        if recording.call_id.startswith("slow"):
            time.sleep(600)
        if recording.call_id.startswith("crash"):
            os._exit(7)
        return audit_of(recording)


class Service:
    def __init__(self, tmp_path, *options, folder=None, env=()):
        self.folder = folder or tmp_path / "calls"
        self.folder.mkdir(exist_ok=True)
        self.db = tmp_path / "a.duckdb"
        self.health_file = tmp_path / "a.duckdb.health.json"
        self.log = tmp_path / "log"
        script = tmp_path / "service.py"
        script.write_text(SERVICE)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, str(script), "watch", str(self.folder), "--db", str(self.db),
                    "--poll", "0.2", "--settle", "0.5", "--workers", "2", "--log-json", *options,
                ],
                stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT), **dict(env)}, cwd=tmp_path,
            )  # fmt: skip

    def health(self):
        return json.loads(self.health_file.read_text()) if self.health_file.exists() else {}

    def until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if condition():
                return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        pytest.fail(f"not {what}: {self.health()}\n{self.log.read_text()}")

    def until_health(self, **values):
        self.until(lambda: values.items() <= self.health().items(), values)

    def stop(self, number=signal.SIGTERM):
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE_S)
        return code, time.monotonic() - began

    def rows(self, sql):
        with open_database(self.db, patience_s=20) as connection:
            return connection.execute(sql).fetchall()

    def events(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def start(tmp_path):
    running = []

    def started(*options, **more):
        running.append(Service(tmp_path, *options, **more))
        return running[-1]

    yield started
    for service in running:
        if service.process.poll() is None:
            service.process.kill()
            service.process.wait()


def test_recordings_are_audited_as_they_arrive(start, tmp_path):
    call_wav(tmp_path / "calls" / "early.wav", 1, seconds=0.1)
    service = start()
    service.until_health(status="watching", audited=1)
    call_wav(tmp_path / "calls" / "late.wav", 2, seconds=0.1)
    (tmp_path / "calls" / "late.json").write_text('{"agent_id": "A7"}')
    service.until_health(audited=2, queued=0, in_work=0, unsaved=0)
    # Others read while it goes on.
    assert service.rows("SELECT call_id, agent_id FROM calls ORDER BY 1") == [
        ("early", None),
        ("late", "A7"),
    ]
    part = call_wav(tmp_path / "calls" / "third.wav.part", 3, seconds=0.1)
    time.sleep(1.5)
    assert service.health()["audited"] == 2
    part.rename(tmp_path / "calls" / "third.wav")
    service.until_health(audited=3)
    code, took_s = service.stop()
    assert (code, took_s < 5) == (0, True)
    health = service.health()
    assert health["status"] == "stopped"
    assert health["last_call_at"]
    with open_database(service.db) as connection:
        assert check_database(connection) == ()
        runs = connection.execute("SELECT audited, finished_at IS NOT NULL FROM runs").fetchall()
    assert runs == [(3, True)]


def test_started_again_it_does_what_is_left(start, tmp_path):
    call_wav(tmp_path / "calls" / "a.wav", 1, seconds=0.1)
    call_wav(tmp_path / "calls" / "slow.wav", 2, seconds=0.1)
    service = start()
    service.until_health(audited=1, in_work=1)
    code, took_s = service.stop(signal.SIGINT)
    assert (code, took_s < 5) == (0, True)
    (tmp_path / "calls" / "slow.wav").rename(tmp_path / "calls" / "quick.wav")
    service = start()
    service.until_health(audited=1, skipped=1)
    assert service.rows("SELECT count(*), count(DISTINCT call_id) FROM calls") == [(2, 2)]


def test_a_killed_service_loses_nothing_that_was_stored(start, tmp_path):
    for n in range(4):
        call_wav(tmp_path / "calls" / f"c{n}.wav", n, seconds=0.1)
    call_wav(tmp_path / "calls" / "slow.wav", 9, seconds=0.1)
    service = start()
    service.until_health(audited=4)
    service.process.kill()
    service.process.wait()
    (tmp_path / "calls" / "slow.wav").unlink()
    call_wav(tmp_path / "calls" / "d.wav", 10, seconds=0.1)
    service = start()
    service.until_health(audited=1, skipped=4)
    with open_database(service.db, patience_s=20) as connection:
        assert check_database(connection) == ()


def test_damaged_recordings_and_dead_workers_are_failures(start, tmp_path):
    call_wav(tmp_path / "calls" / "crash.wav", 1, seconds=0.1)
    call_wav(tmp_path / "calls" / "good.wav", 2, seconds=0.1)
    service = start()
    service.until_health(audited=1, failed=1)
    ((call_id, stage),) = service.rows("SELECT call_id, stage FROM failures")
    assert (call_id, stage) == ("crash", "worker")
    # It is not tried again and again.
    time.sleep(1.5)
    assert service.health()["failed"] == 1


def test_finished_calls_wait_while_somebody_reads_the_database(start, tmp_path):
    service = start()
    service.until_health(status="watching")
    with open_database(service.db, patience_s=20) as connection:
        call_wav(tmp_path / "calls" / "a.wav", 1, seconds=0.1)
        service.until_health(status="waiting for the database", unsaved=1)
        assert connection.execute("SELECT count(*) FROM calls").fetchall() == [(0,)]
    service.until_health(status="watching", audited=1, unsaved=0)


def test_a_share_that_goes_away_and_comes_back(start, tmp_path):
    (tmp_path / "calls").mkdir()
    call_wav(tmp_path / "calls" / "a.wav", 1, seconds=0.1)
    service = start()
    service.until_health(audited=1)
    (tmp_path / "calls").rename(tmp_path / "gone")
    service.until_health(status="folder unreachable")
    call_wav(tmp_path / "gone" / "b.wav", 2, seconds=0.1)
    (tmp_path / "gone").rename(tmp_path / "calls")
    service.until_health(status="watching", audited=2, failed=0)


def test_the_log_is_json_and_holds_no_words_of_a_call(start, tmp_path):
    call_wav(tmp_path / "calls" / "a.wav", 1, seconds=0.1)
    (tmp_path / "calls" / "b.wav").write_bytes(b"")
    service = start()
    service.until_health(audited=1)
    service.stop()
    events = service.events()
    assert {"time", "level", "event"} <= set.intersection(*(set(event) for event in events))
    (call,) = [event for event in events if event.get("call_id") == "a"]
    assert (call["event"], call["status"], call["duration_ms"] > 0) == ("call", "audited", True)
    assert (events[0]["event"], events[-1]["event"]) == ("watching", "stopped")
    assert "تطمن" not in service.log.read_text()
    assert "\\u062a" not in service.log.read_text()


def test_systemd_is_told(start, tmp_path):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.settimeout(PATIENCE_S)
        service = start(env={"NOTIFY_SOCKET": str(address)})
        told = {listening.recv(100), listening.recv(100)}
        assert told == {b"READY=1", b"WATCHDOG=1"}
        service.stop()
        while (last := listening.recv(100)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"


def test_without_systemd_nothing_is_told(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_systemd("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notify_systemd("READY=1")


def test_a_folder_that_is_not_there(tmp_path):
    request = WatchRequest((tmp_path / "none",), tmp_path / "a.duckdb", tmp_path / "h.json")
    with pytest.raises(UsageError, match="no such folder"):
        watch(request, Config(), Watched)

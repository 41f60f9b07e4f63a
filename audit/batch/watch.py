"""Auditing recordings as they arrive in a folder, as a service.

The database is opened for moments only: to ask what is done, and to store what is finished. Between
them reports and the review screen can have it; while they hold it, finished calls wait here.
"""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from audit import __version__
from audit.batch.capacity import default_workers, machine_capacity, worker_threads
from audit.batch.health import Health, notify_systemd, write_health
from audit.batch.interruption import StopRequest, stop_on_signals
from audit.batch.lengths import LengthMeter, time_limit
from audit.batch.local import STAGE_CHANGED, AuditorFactory, AuditTask, Outcome, with_threads
from audit.batch.plan import make_plan
from audit.batch.pool import WorkerPool
from audit.batch.run import describe_run, store_outcome
from audit.batch.storage import readable, storage_gone
from audit.config import Config
from audit.errors import StoreBusyError, StoreFullError, UsageError
from audit.ingest.arrivals import Arrivals
from audit.ingest.recordings import STAGE_READ, RecordingFinder
from audit.store.database import open_database
from audit.store.queries import known_hashes, stored_calls
from audit.store.writer import AuditWriter, RunTally
from audit.types import CallAudit, CallFailure, Recording

#: Files that are looked up and hashed at once, and calls that may wait for a worker.
_PLANNED_TOGETHER = 200
#: Finished calls that may wait for the database before no more are begun.
_MOST_UNSAVED = 50
#: How long a write waits for a reader to end, how soon it is tried again, and the same at the end.
_PATIENCE_S = 0.5
_RETRY_S = 2.0
_LAST_PATIENCE_S = 2.0
_TICK_S = 0.25
#: How often a recording that cannot be read, or keeps changing, is looked at again.
_MOST_LOOKS = 3
#: The length of a call that the default number of workers is reckoned with.
_USUAL_CALL_MS = 30 * 60_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What to watch. A folder is looked at every ``poll_s``; a file is complete when it has stayed the
    same for ``settle_s``. ``workers`` 0 lets the machine decide; ``health`` is the file to keep."""

    folders: tuple[Path, ...]
    database: Path
    health: Path
    manifest: Path | None = None
    workers: int = 0
    poll_s: float = 10.0
    settle_s: float = 30.0


def watch(request: WatchRequest, config: Config, factory: AuditorFactory) -> None:
    """Audit what arrives in the folders until SIGTERM or Ctrl-C; then end within seconds.

    Raises ``UsageError`` for a folder that is not there at the start, ``StoreError`` for a database
    that cannot be used, and ``ModelError`` for models that cannot be loaded.
    """
    for folder in request.folders:
        if not folder.is_dir():
            raise UsageError(f"{folder}: no such folder; give the folder that the recordings go to")
    with open_database(
        request.database, write=True, reviewing=True, patience_s=_LAST_PATIENCE_S,
        encrypt=config.privacy.encrypt,
    ):  # fmt: skip
        pass  # made, and its schema up to date, before anybody relies on it
    with stop_on_signals() as stop:
        watching = _Watch(request, config, factory, stop)
        try:
            watching.run()
        except KeyboardInterrupt:
            stop.requested = True
        finally:
            watching.end()


class _Watch:
    def __init__(
        self, request: WatchRequest, config: Config, factory: AuditorFactory, stop: StopRequest
    ) -> None:
        capacity = machine_capacity()
        usual = [_USUAL_CALL_MS] * capacity.cores
        workers = request.workers or default_workers(usual, capacity, config.speech.device)
        threads = worker_threads(workers, capacity)
        self._request = request
        self._config = config
        self._stop = stop
        self._lengths: dict[str, int] = {}
        self._meter = LengthMeter(config, 1)
        self._pool = WorkerPool(
            AuditTask(factory), with_threads(config, threads), workers, threads,
            time_limit(config, self._lengths),
        )  # fmt: skip
        self._arrivals = Arrivals(request.folders, request.settle_s)
        self._arrived: deque[Path] = deque()
        self._queue: deque[Recording] = deque()
        self._unsaved: deque[tuple[Recording | None, Outcome]] = deque()
        self._looks: dict[Path, int] = {}
        self._tally: RunTally | None = None
        self._day = _today()
        self._next_poll = self._next_save = 0.0
        self._health = Health(
            "starting", "", __version__, os.getpid(), _now(), None, None, 0, 0, 0, 0, 0, 0, 0, 0
        )

    def run(self) -> None:
        _log.info("watching", extra={"fields": {"workers": self._pool.size}})
        notify_systemd("READY=1")
        while True:
            self._stop.check()
            if time.monotonic() >= self._next_poll:
                self._poll()
            if self._arrived and len(self._queue) < _PLANNED_TOGETHER:
                self._plan_some()
            self._hand_out()
            for recording, outcome in self._pool.wait(_TICK_S, max(1, len(self._queue))):
                self._take(recording, outcome)
            if self._unsaved and time.monotonic() >= self._next_save:
                self._save(_PATIENCE_S)

    def end(self) -> None:
        """Store what is finished, end the workers, and say so."""
        notify_systemd("STOPPING=1")
        self._pool.stop()
        self._meter.close()
        self._save(_LAST_PATIENCE_S, last=True)
        self._tell(status="stopped", in_work=0)
        _log.info("stopped", extra={"fields": {"unsaved": len(self._unsaved)}})

    def _poll(self) -> None:
        found = self._arrivals.look()
        self._arrived.extend(found.complete)
        self._next_poll = time.monotonic() + self._request.poll_s
        status, detail = "watching", ""
        if found.unreachable:
            folder, why = found.unreachable[0]
            status, detail = "folder unreachable", f"{folder}: {why}"
            if self._health.status != status:
                _log.warning("folder unreachable", extra={"fields": {"reason": why}})
        elif self._health.status == "waiting for the database" and self._unsaved:
            status, detail = self._health.status, self._health.detail
        notify_systemd("WATCHDOG=1")
        self._tell(status=status, detail=detail, last_poll_at=_now(), settling=found.settling)

    def _plan_some(self) -> None:
        """Sort some of the files that arrived into calls to audit, failures, and what is done."""
        paths = [self._arrived.popleft() for _ in range(min(len(self._arrived), _PLANNED_TOGETHER))]
        try:
            with open_database(self._request.database) as connection:
                finder = RecordingFinder(self._config.ingest, self._request.manifest)
                found = finder.find(paths, lambda stamps: known_hashes(connection, stamps))
                plan = make_plan(
                    self._stop.heeded(found), lambda group: stored_calls(connection, group)
                )
        except StoreBusyError as error:
            self._arrived.extendleft(reversed(paths))
            self._wait_for_database(error)
            return
        self._lengths.update(self._meter.measure(plan.todo, self._stop))
        longest_first = sorted(plan.todo, key=lambda r: self._lengths[r.call_id], reverse=True)
        self._queue.extend(longest_first)
        for failure, recording in plan.failures:
            self._settle(recording, failure)
        self._tell(skipped=self._health.skipped + plan.skipped)

    def _hand_out(self) -> None:
        # A call whose worker died waits for its second try until nothing else is in work.
        while self._queue and self._pool.free and not self._pool.suspects:
            if len(self._unsaved) + self._pool.in_work >= _MOST_UNSAVED:
                return
            self._pool.submit(self._queue.popleft())

    def _take(self, recording: Recording, outcome: Outcome) -> None:
        self._lengths.pop(recording.call_id, None)
        self._settle(recording, outcome)

    def _settle(self, recording: Recording | None, outcome: Outcome) -> None:
        """Keep an outcome to be stored, or look at its file again later."""
        if isinstance(outcome, CallFailure) and self._look_again(outcome):
            self._arrivals.look_again(outcome.path)
            return
        self._looks.pop(_path(outcome), None)
        self._unsaved.append((recording, outcome))

    def _look_again(self, failure: CallFailure) -> bool:
        if failure.stage == STAGE_READ:
            there = readable(failure.path)
            if not there:
                return storage_gone(failure.path, ())
        elif failure.stage != STAGE_CHANGED:
            return False
        looks = self._looks[failure.path] = self._looks.get(failure.path, 0) + 1
        return looks <= _MOST_LOOKS

    def _save(self, patience_s: float, *, last: bool = False) -> None:
        """Store what is finished, each call in its own transaction, and let go of the database."""
        ended = last or _today() != self._day
        if not self._unsaved and not (ended and self._tally):
            return
        try:
            with open_database(
                self._request.database, write=True, reviewing=True, patience_s=patience_s
            ) as connection:
                writer = AuditWriter(connection, describe_run(self._config), self._tally)
                try:
                    while self._unsaved:
                        stored = store_outcome(writer, *self._unsaved[0])
                        self._unsaved.popleft()
                        self._count(stored)
                finally:
                    self._tally = writer.tally
                if ended:  # a service may run for months; its runs are those of a day
                    writer.finish()
                    self._tally, self._day = None, _today()
        except (StoreBusyError, StoreFullError) as error:
            self._wait_for_database(error)
            return
        if self._health.status == "waiting for the database":
            self._tell(status="watching", detail="")

    def _wait_for_database(self, error: Exception) -> None:
        self._next_save = time.monotonic() + _RETRY_S
        if self._health.status != "waiting for the database":
            _log.warning("waiting for the database", extra={"fields": {"reason": str(error)}})
        self._tell(status="waiting for the database", detail=str(error))

    def _count(self, outcome: Outcome) -> None:
        status = outcome.status if isinstance(outcome, CallAudit) else "failed"
        fields: dict[str, object] = {"call_id": _call_id(outcome), "status": status}
        if isinstance(outcome, CallFailure):
            fields |= {"stage": outcome.stage, "reason": outcome.reason}
        else:
            fields |= {
                "duration_ms": outcome.info.duration_ms,
                "work_ms": sum(ms for _, ms in outcome.stage_ms),
            }
        _log.info("call", extra={"fields": fields})
        health = self._health
        self._tell(
            last_call_at=_now(),
            audited=health.audited + (status == "audited"),
            unscorable=health.unscorable + (status == "unscorable"),
            failed=health.failed + (status == "failed"),
        )

    def _tell(self, **changes: object) -> None:
        now = {
            "queued": len(self._queue) + len(self._arrived),
            "in_work": self._pool.in_work,
            "unsaved": len(self._unsaved),
        }
        self._health = replace(self._health, **{**now, **changes})  # type: ignore[arg-type]
        try:
            write_health(self._request.health, self._health)
        except OSError as error:
            _log.warning("health file", extra={"fields": {"reason": error.strerror}})


def _path(outcome: Outcome) -> Path:
    return outcome.path if isinstance(outcome, CallFailure) else outcome.recording.path


def _call_id(outcome: Outcome) -> str | None:
    return outcome.call_id if isinstance(outcome, CallFailure) else outcome.recording.call_id


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()

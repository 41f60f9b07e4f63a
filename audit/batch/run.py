"""A run: find the recordings, audit what is not done, store every outcome as it comes."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audit import __version__
from audit.batch.capacity import default_workers, machine_capacity, worker_threads
from audit.batch.interruption import StopRequest, stop_on_signals
from audit.batch.lengths import LengthMeter, time_limit
from audit.batch.local import AuditorFactory, AuditTask, Outcome, audit_recordings, with_threads
from audit.batch.plan import Plan, make_plan
from audit.batch.pool import WorkerPool
from audit.batch.storage import folder_gone, readable, storage_gone, wait_for, witnesses
from audit.config import Config
from audit.errors import StorageError, StoreError, StoreFullError, UsageError
from audit.ingest.recordings import STAGE_READ, RecordingFinder
from audit.store.database import open_database
from audit.store.queries import known_hashes, stored_calls
from audit.store.writer import AuditWriter, RunDescription, RunTally
from audit.types import CallAudit, CallFailure, Recording

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STAGE_STORE = "store"


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What the user asked for. ``workers`` 0 lets the machine decide; ``again`` redoes what is done."""

    paths: tuple[str, ...]
    database: Path
    manifest: Path | None = None
    workers: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended. Times in milliseconds; ``audio_ms`` is the sound of the calls done."""

    run_id: str
    audited: int
    unscorable: int
    failed: int
    skipped: int
    audio_ms: int
    wall_ms: int
    interrupted: bool = False


class RunObserver(Protocol):
    """Is told how a run goes. Texts of calls are never passed on."""

    def planned(self, plan: Plan, total_audio_ms: int) -> None: ...

    def finished(self, outcome: Outcome) -> None: ...


def run_audit(
    request: AuditRequest, config: Config, observer: RunObserver, factory: AuditorFactory
) -> RunSummary:
    """Audit the recordings of ``request`` into its database.

    Each call is stored in a transaction of its own as soon as it is done; what stops one never stops
    the others. Ctrl-C and SIGTERM end the run within seconds; all that is stored is kept, and the
    summary says so. Raises ``UsageError``, ``ModelError`` or ``StoreError`` when the run cannot start
    at all, ``StoreFullError`` when the database cannot be written any more, and ``StorageError`` when
    the recordings went away: whenever it ends, the same request does the rest.
    """
    if not request.paths and request.manifest is None:
        raise UsageError("give recordings: files, folders, patterns, or a --manifest")
    began = time.monotonic()
    finder = RecordingFinder(config.ingest, request.manifest)
    with (
        stop_on_signals() as stop,
        open_database(request.database, write=True, encrypt=config.privacy.encrypt) as connection,
    ):
        writer = AuditWriter(connection, describe_run(config))
        run = _Run(writer, observer, config, stop)
        interrupted = False
        try:
            plan = _plan(request, finder, connection, stop)
            run.execute(request, plan, factory)
        except KeyboardInterrupt:
            interrupted = True
        except StoreFullError:
            raise  # the end of the run cannot be written either
        except BaseException:
            writer.finish()
            raise
        writer.finish()
    return _summary(writer.tally, began, interrupted)


def _plan(
    request: AuditRequest, finder: RecordingFinder, connection: DuckDBPyConnection,
    stop: StopRequest,
) -> Plan:  # fmt: skip
    known = None if request.again else lambda stamps: known_hashes(connection, stamps)
    found = _reachable(finder.find(request.paths, known), stop)
    return make_plan(found, lambda group: stored_calls(connection, group), again=request.again)


def _reachable(
    found: Iterable[Recording | CallFailure], stop: StopRequest
) -> Iterator[Recording | CallFailure]:
    """``found``, until somebody asks to stop or its folder goes away."""
    for item in stop.heeded(found):
        if isinstance(item, CallFailure) and item.stage == STAGE_READ:
            folder = item.path.parent
            if folder_gone(folder):
                raise _gone(folder)
        yield item


def _gone(folder: Path) -> StorageError:
    return StorageError(
        f"{folder} cannot be read any more: the disk or the network share is gone. Every call that was "
        "done is stored. When it is back, the same command does the rest"
    )


class _Run:
    """One run over a plan: hand out, store, and decide what to do about recordings that are gone."""

    def __init__(
        self, writer: AuditWriter, observer: RunObserver, config: Config, stop: StopRequest
    ) -> None:
        self._writer = writer
        self._observer = observer
        self._config = config
        self._stop = stop
        self._tried_again: set[str] = set()

    def execute(self, request: AuditRequest, plan: Plan, factory: AuditorFactory) -> None:
        capacity = machine_capacity()
        with closing(LengthMeter(self._config, capacity.cores)) as meter:
            lengths = meter.measure(plan.todo, self._stop)
        self._observer.planned(plan, sum(lengths.values()))
        self._writer.count_skipped(plan.skipped)
        self._writer.forget_failures(
            [Path(p).absolute() for p in request.paths if os.path.exists(p)]
        )
        for failure, recording in plan.failures:
            self._store(recording, failure)
        workers = request.workers or default_workers(
            list(lengths.values()), capacity, self._config.speech.device
        )
        threads = worker_threads(workers, capacity)
        pool = WorkerPool(
            AuditTask(factory), with_threads(self._config, threads), workers, threads,
            time_limit(self._config, lengths),
        )  # fmt: skip
        queue = deque(sorted(plan.todo, key=lambda r: lengths.get(r.call_id, 0), reverse=True))
        seen = witnesses(plan.todo)
        try:
            for recording, outcome in audit_recordings(queue, pool, self._stop):
                if self._comes_back(recording, outcome, seen):
                    queue.append(recording)
                else:
                    self._store(recording, outcome)
        finally:
            pool.stop()

    def _store(self, recording: Recording | None, outcome: Outcome) -> None:
        self._observer.finished(store_outcome(self._writer, recording, outcome))

    def _comes_back(self, recording: Recording, outcome: Outcome, seen: tuple[Path, ...]) -> bool:
        """Whether a recording is to be tried once more because its file or storage was gone.

        Raises ``StorageError`` when not it alone but its storage is gone and stays away.
        """
        if not isinstance(outcome, CallFailure) or outcome.stage != STAGE_READ:
            return False
        path = recording.path
        if not readable(path):
            if not storage_gone(path, seen):
                return False
            if not wait_for(path, self._config.batch.storage_wait_s, self._stop):
                raise _gone(path.parent)
        first = recording.call_id not in self._tried_again
        self._tried_again.add(recording.call_id)
        return first


def store_outcome(writer: AuditWriter, recording: Recording | None, outcome: Outcome) -> Outcome:
    """Store what came of a recording, and return it; a call that the database cannot hold becomes a
    failure that says so. Raises ``StoreFullError``."""
    metadata = recording.metadata if recording else None
    if isinstance(outcome, CallAudit):
        try:
            writer.write_audit(outcome)
            return outcome
        except StoreFullError:
            raise
        except StoreError as error:
            outcome = _not_stored(outcome.recording, error)
    try:
        writer.write_failure(outcome, metadata)
    except StoreFullError:
        raise
    except StoreError:
        writer.write_failure(outcome)  # the metadata are what it cannot hold
    return outcome


def _not_stored(recording: Recording, error: StoreError) -> CallFailure:
    reason = f"{recording.path}: {error}. Check its metadata, and report it if they are right"
    return CallFailure(recording.path, STAGE_STORE, reason, recording.call_id, recording.sha256)


def _summary(tally: RunTally, began: float, interrupted: bool) -> RunSummary:
    return RunSummary(
        run_id=tally.run_id,
        audited=tally.audited,
        unscorable=tally.unscorable,
        failed=tally.failed,
        skipped=tally.skipped,
        audio_ms=tally.audio_ms,
        wall_ms=round((time.monotonic() - began) * 1000),
        interrupted=interrupted,
    )


def describe_run(config: Config) -> RunDescription:
    """What a run made with ``config`` stores about itself."""
    return RunDescription(
        version=__version__,
        recognizer=config.speech.recognizer,
        diarizer=config.speech.diarizer,
        classifier=config.scoring.classifier,
        config=config.as_dict(),
        config_sha256=config.sha256,
    )

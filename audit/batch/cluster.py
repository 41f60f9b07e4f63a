"""A run on a Ray cluster: recordings in chunks to workers, results stored or in a run folder."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audit import __version__
from audit.batch.chunk import Chunk, Outcomes, RunTarget
from audit.batch.interruption import StopRequest, stop_on_signals
from audit.batch.lengths import time_limit
from audit.batch.local import AuditorFactory, Outcome, with_threads
from audit.batch.plan import Plan, make_plan
from audit.batch.pool import STAGE_TIME, STAGE_WORKER
from audit.batch.ray_cluster import ChunkEnd, RayPool, cluster_size, connected
from audit.batch.run import (
    AuditRequest,
    RunObserver,
    RunSummary,
    describe_run,
    store_outcome,
)
from audit.config import Config
from audit.errors import StoreFullError, UnreadableError, UsageError
from audit.ingest.recordings import KnownHashes, RecordingFinder, Source, content_sha256
from audit.locations import is_url, url_of
from audit.store.database import is_encrypted, open_database
from audit.store.queries import StoredCall, known_hashes, stored_calls
from audit.store.run_folder import PartWriter, calls_of_run, start_run
from audit.store.writer import AuditWriter, caller_salt
from audit.types import CallAudit, CallFailure, FileStamp, Recording

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Calls of a part of a run folder: small enough that a dead node costs little, large enough that a
#: million calls are not a million folders.
PART_CALLS = 16
#: So many times a call may lose its worker before it is a failure: nodes go for reasons of their own.
_MOST_DEATHS = 3
_HEED_S = 0.25
#: In place of the hash of a file that only its worker will read.
_UNREAD = "unread:"


@dataclass(frozen=True, slots=True)
class ClusterRequest:
    """``address`` as for ``connected``. Without ``run_folder`` each result comes back and is stored."""

    audit: AuditRequest
    address: str | None = None
    run_folder: Path | None = None


def run_on_cluster(
    request: ClusterRequest, config: Config, observer: RunObserver, factory: AuditorFactory
) -> RunSummary:
    """Audit the recordings of ``request`` on a Ray cluster; URLs of fsspec are recordings, too.

    Raises like ``run_audit``, and ``UsageError`` when Ray is not there or the cluster not reached.
    """
    if not request.audit.paths and request.audit.manifest is None:
        raise UsageError("give recordings: files, folders, patterns, URLs, or a --manifest")
    if request.run_folder and request.audit.again:
        raise UsageError(
            "--again does not go with --run-folder: what is in the database already is not brought in "
            "again. Leave out --run-folder"
        )
    began = time.monotonic()
    config = with_threads(config, 1)
    # Ray sets handlers for signals of its own; ours come after.
    with connected(request.address), stop_on_signals() as stop, ExitStack() as stack:
        sink, plan = _prepared(request, config, stop, stack)
        run = _ClusterRun(sink, observer, config, stop)
        interrupted = False
        try:
            run.execute(plan, request, factory)
        except KeyboardInterrupt:
            interrupted = True
        except StoreFullError:
            raise
        except BaseException:
            sink.finish()
            raise
        sink.finish()
    counts = run.counts
    return RunSummary(
        sink.run_id, counts["audited"], counts["unscorable"], counts["failed"],
        plan.skipped + counts["skipped"], counts["audio_ms"],
        round((time.monotonic() - began) * 1000), interrupted,
    )  # fmt: skip


class _Sink(Protocol):
    """Where outcomes go. ``take`` gets those of a worker, ``fail`` failures found here."""

    @property
    def run_id(self) -> str: ...
    @property
    def target(self) -> RunTarget | None: ...
    def take(self, outcomes: Outcomes) -> Iterator[Outcome | None]: ...
    def fail(self, failures: Sequence[tuple[CallFailure, Recording | None]]) -> None: ...
    def count_skipped(self, number: int) -> None: ...
    def finish(self) -> None: ...


class _DatabaseSink:
    """Every call into the database as soon as it is done."""

    target = None

    def __init__(self, connection: DuckDBPyConnection, writer: AuditWriter) -> None:
        self._connection = connection
        self._writer = writer
        self.run_id = writer.run_id

    def take(self, outcomes: Outcomes) -> Iterator[Outcome | None]:
        """What was stored; ``None`` for a content that is stored under another name."""
        for recording, outcome in outcomes:
            if isinstance(outcome, CallAudit) and self._is_double(recording):
                self.count_skipped(1)
                yield None
            else:
                yield store_outcome(self._writer, recording, outcome)

    def fail(self, failures: Sequence[tuple[CallFailure, Recording | None]]) -> None:
        for failure, recording in failures:
            store_outcome(self._writer, recording, failure)

    def count_skipped(self, number: int) -> None:
        self._writer.count_skipped(number)

    def finish(self) -> None:
        self._writer.finish()

    def _is_double(self, recording: Recording) -> bool:
        return any(
            call.sha256 == recording.sha256 and call.call_id != recording.call_id
            for call in stored_calls(self._connection, [recording])
            if call.status != "failed"
        )


class _FolderSink:
    """Workers have written the outcomes themselves; only failures found here are written here."""

    def __init__(self, target: RunTarget) -> None:
        self.target: RunTarget | None = target
        self.run_id = target.run.run_id
        self._parts = PartWriter(target.folder, target.run, target.salt)

    def take(self, outcomes: Outcomes) -> Iterator[Outcome | None]:
        for _, outcome in outcomes:
            yield outcome

    def fail(self, failures: Sequence[tuple[CallFailure, Recording | None]]) -> None:
        if failures:
            with self._parts.part() as writer:
                for failure, recording in failures:
                    store_outcome(writer, recording, failure)

    def count_skipped(self, number: int) -> None:
        """Nothing: a part counts what is in it."""

    def finish(self) -> None:
        """Nothing: every part is complete by itself."""


def _prepared(
    request: ClusterRequest, config: Config, stop: StopRequest, stack: ExitStack
) -> tuple[_Sink, Plan]:
    """The sink and the plan. The database is let go of where it is not needed during the run."""
    description = describe_run(config)
    database: AbstractContextManager[DuckDBPyConnection] = open_database(
        request.audit.database, write=True, encrypt=config.privacy.encrypt
    )
    if request.run_folder is None:
        connection = stack.enter_context(database)
        plan = _plan(request.audit, config, (connection,), stop)
        return _DatabaseSink(connection, AuditWriter(connection, description)), plan
    folder = request.run_folder.absolute()
    with database as connection:
        if is_encrypted(connection):
            raise UsageError(
                f"{request.audit.database} is encrypted and the files of a run folder are not; leave "
                "out --run-folder"
            )
        salt = caller_salt(connection)
        target = RunTarget(folder, start_run(folder, description, salt), salt)
        with closing(calls_of_run(folder)) as written:
            plan = _plan(request.audit, config, (connection, written), stop)
    return _FolderSink(target), plan


def _plan(
    request: AuditRequest, config: Config, stored: Sequence[DuckDBPyConnection], stop: StopRequest
) -> Plan:
    """What is to be done. No recording is read here: the workers do that, for all of them together."""
    finder = RecordingFinder(config.ingest, request.manifest)
    paths = request.paths or finder.named
    urls = [path for path in paths if is_url(path) and not path.startswith(("file:", "local:"))]
    local = [
        path.partition("://")[2] if is_url(path) else path for path in paths if path not in urls
    ]

    def lookup(group: Sequence[Recording]) -> list[StoredCall]:
        return [call for connection in stored for call in stored_calls(connection, group)]

    known = _hashes_or_unread([] if request.again else stored)

    def found() -> Iterator[Recording | CallFailure]:
        if local:
            yield from finder.find(local, known)
        if urls:
            yield from finder.find_remote(urls, known)

    return make_plan(_moved(stop.heeded(found()), lookup), lookup, again=request.again)


def _hashes_or_unread(stored: Sequence[DuckDBPyConnection]) -> KnownHashes:
    def hashes(stamps: Sequence[FileStamp]) -> Mapping[FileStamp, str]:
        found = {stamp: f"{_UNREAD}{stamp.path}" for stamp in stamps}
        for connection in stored:
            found.update(known_hashes(connection, stamps))
        return found

    return hashes


def _moved(
    found: Iterable[Recording | CallFailure],
    lookup: Callable[[Sequence[Recording]], list[StoredCall]],
) -> Iterator[Recording | CallFailure]:
    """``found``, with the hashes of files whose name is taken by a call from elsewhere: they may be the
    same recording in another place."""
    queue = iter(found)
    while group := list(islice(queue, 500)):
        unread = [r for r in group if isinstance(r, Recording) and r.sha256.startswith(_UNREAD)]
        owners = {call.call_id: call.path for call in lookup(unread)}
        for item in group:
            if isinstance(item, Recording) and url_of(item.path) is None:
                owner = owners.get(item.call_id)
                if owner is not None and owner != str(item.path):
                    with suppress(UnreadableError):  # its worker says so
                        item = replace(item, sha256=content_sha256(Source(item.path)))
            yield item


class _ClusterRun:
    """Hand out chunks, take what comes, and decide what is tried again."""

    def __init__(
        self, sink: _Sink, observer: RunObserver, config: Config, stop: StopRequest
    ) -> None:
        self._sink = sink
        self._observer = observer
        self._config = config
        self._stop = stop
        self._deaths: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def execute(self, plan: Plan, request: ClusterRequest, factory: AuditorFactory) -> None:
        self._observer.planned(plan, 0)
        self._sink.count_skipped(plan.skipped)
        self._fail(plan.failures)
        if not plan.todo:
            return
        size = request.audit.workers or cluster_size(self._config)
        queue = deque(_chunks(plan.todo, size, self._sink.target))
        made = (factory, self._config, self._sink.target, __version__)
        limit_s = time_limit(self._config, {})
        pool = RayPool(
            lambda: made, self._config, size, lambda chunk: sum(limit_s(r) for r in chunk)
        )
        try:
            while queue or pool.busy:
                self._stop.check()
                while queue and pool.free:
                    pool.submit(queue.popleft())
                for end in pool.wait(_HEED_S, len(queue)):
                    queue.extend(self._after(end))
        finally:
            pool.stop()

    def _after(self, end: ChunkEnd) -> Iterator[Chunk]:
        """Store what came of a chunk; yields what is to be tried again, each call by itself."""
        if end.outcomes:
            for outcome in self._sink.take(end.outcomes):
                self._tell(outcome)
        elif len(end.chunk) > 1:
            for recording in end.chunk:
                yield (recording,)
        elif end.late:
            self._fail([(_late(end.chunk[0]), end.chunk[0])])
        else:
            (recording,) = end.chunk
            self._deaths[recording.call_id] += 1
            if self._deaths[recording.call_id] < _MOST_DEATHS:
                yield end.chunk
            else:
                self._fail([(_died(recording, end.died), recording)])

    def _fail(self, failures: Sequence[tuple[CallFailure, Recording | None]]) -> None:
        self._sink.fail(failures)
        for failure, _ in failures:
            self._tell(failure)

    def _tell(self, outcome: Outcome | None) -> None:
        if outcome is None:
            self.counts["skipped"] += 1
            return
        if isinstance(outcome, CallAudit):
            self.counts[outcome.status] += 1
            self.counts["audio_ms"] += outcome.info.duration_ms
        else:
            self.counts["failed"] += 1
        self._observer.finished(outcome)


def _chunks(todo: Sequence[Recording], size: int, target: RunTarget | None) -> Iterator[Chunk]:
    """The largest first. Towards the end of a small run chunks are small, so that nobody is idle."""
    queue = deque(sorted(todo, key=lambda recording: recording.size_bytes, reverse=True))
    while queue:
        most = min(PART_CALLS, math.ceil(len(queue) / (4 * size))) if target else 1
        yield tuple(queue.popleft() for _ in range(most))


def _died(recording: Recording, how: str) -> CallFailure:
    place = url_of(recording.path) or recording.path
    reason = (
        f"{place}: its worker died {_MOST_DEATHS} times ({how}): memory ran out on the nodes, a fault "
        "in a model, or nodes that went away. The same command tries it again; see the logs of Ray"
    )
    return _failure(recording, STAGE_WORKER, reason)


def _late(recording: Recording) -> CallFailure:
    place = url_of(recording.path) or recording.path
    reason = (
        f"{place}: not done within the time limit for its size; it hangs, or the nodes are slow for "
        "these models. Raise time_limit_factor under [batch] of tasleek.toml"
    )
    return _failure(recording, STAGE_TIME, reason)


def _failure(recording: Recording, stage: str, reason: str) -> CallFailure:
    return CallFailure(recording.path, stage, reason, recording.call_id)

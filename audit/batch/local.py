"""Auditing many recordings on this machine, in processes of their own.

Workers return values; nothing but the parent touches the database.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from audit.batch.interruption import StopRequest
from audit.batch.pool import STAGE_WORKER, WorkerPool
from audit.config import Config
from audit.types import CallAudit, CallFailure, Recording

#: The recording was written to while it was audited.
STAGE_CHANGED = "changed"

Outcome = CallAudit | CallFailure

#: How often somebody's wish to stop is looked for, in seconds.
_HEED_S = 0.25


class CallAuditor(Protocol):
    """What a worker holds: models loaded once, used for every call."""

    def audit(self, recording: Recording) -> Outcome: ...


#: Makes the auditor inside the worker's own process; must be importable (pickled by name).
AuditorFactory = Callable[[Config], CallAuditor]


@dataclass(frozen=True, slots=True)
class AuditTask:
    """What a worker is told to make: ``factory``'s auditor, kept from ending the worker by an error."""

    factory: AuditorFactory

    def __call__(self, config: Config) -> Callable[[Recording], Outcome]:
        auditor = self.factory(config)
        return lambda recording: _audit(auditor, recording)


def audit_recordings(
    queue: deque[Recording], pool: WorkerPool, stop: StopRequest
) -> Iterator[tuple[Recording, Outcome]]:
    """Outcomes as they come, in any order, until ``queue`` is empty; the caller may add to it meanwhile.

    Raises ``KeyboardInterrupt`` between two outcomes when ``stop`` is requested, and what the factory
    raises when the models cannot be loaded.
    """
    while queue or pool.busy:
        stop.check()
        while queue and pool.free:
            pool.submit(queue.popleft())
        for recording, outcome in pool.wait(_HEED_S, len(queue)):
            yield recording, outcome
            stop.check()


def with_threads(config: Config, threads: int) -> Config:
    """``config`` with the threads of one worker, unless it names them itself."""
    if config.speech.threads:
        return config
    return replace(config, speech=replace(config.speech, threads=threads))


def _audit(auditor: CallAuditor, recording: Recording) -> Outcome:
    try:
        outcome = auditor.audit(recording)
    except Exception as error:
        # A fault of ours. Its message may hold words of the call, so only its place is told.
        at = traceback.extract_tb(error.__traceback__)[-1]
        reason = (
            f"{recording.path}: {type(error).__name__} in {Path(at.filename).name}:{at.lineno}, a fault "
            "of tasleek; please report it with this line"
        )
        return CallFailure(
            recording.path, STAGE_WORKER, reason, recording.call_id, recording.sha256
        )
    if isinstance(outcome, CallAudit) and _changed(recording):
        reason = (
            f"{recording.path} was written to while it was audited. When it is complete, the same "
            "command audits it"
        )
        return CallFailure(recording.path, STAGE_CHANGED, reason, recording.call_id)
    return outcome


def _changed(recording: Recording) -> bool:
    if not recording.modified_ns:
        return False
    try:
        status = recording.path.stat()
    except OSError:
        return False  # gone since: what was heard of it stays true
    return (status.st_size, status.st_mtime_ns) != (recording.size_bytes, recording.modified_ns)

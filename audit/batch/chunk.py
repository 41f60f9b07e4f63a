"""What a worker of a cluster does: some recordings, one after the other, with models loaded once."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from audit.batch.local import AuditorFactory, AuditTask, Outcome
from audit.batch.run import store_outcome
from audit.config import Config
from audit.errors import ModelError, TasleekError, UnreadableError
from audit.ingest.recordings import STAGE_READ
from audit.ingest.remote import local_copy
from audit.locations import url_of
from audit.store.run_folder import PartWriter, RunRecord
from audit.types import CallAudit, CallFailure, Recording

#: So often a worker writes a part at the least: what it loses with its node, beside the call in hand.
_PART_S = 300.0

Chunk = tuple[Recording, ...]
Outcomes = tuple[tuple[Recording, Outcome], ...]


@dataclass(frozen=True, slots=True)
class RunTarget:
    """The run folder that workers write to, on storage that all nodes share, and the callers' salt."""

    folder: Path
    run: RunRecord
    salt: bytes


class ChunkAuditor:
    """Lives in a worker's own process. Errors of ours are returned, not raised: a cluster would wrap
    them into its own."""

    def __init__(
        self, factory: AuditorFactory, config: Config, target: RunTarget | None, version: str
    ) -> None:
        self._factory = factory
        self._config = config
        self._target = target
        self._version = version

    def load(self) -> TasleekError | None:
        """Load the models; what is wrong, if they cannot be."""
        from audit import __version__

        if __version__ != self._version:
            return ModelError(
                f"a node of the cluster has tasleek {__version__}, this machine {self._version}; "
                "install the same version on all"
            )
        try:
            self._task = AuditTask(self._factory)(self._config)
            self._parts = self._part_writer()
        except TasleekError as error:
            return error
        except Exception as error:
            return ModelError(f"the models cannot be loaded: {type(error).__name__}: {error}")
        return None

    def audit(self, chunk: Chunk) -> Outcomes | TasleekError:
        """Outcomes in order, each with its recording as it was read: with the hash of its content.

        With a run folder they are in it before this returns, and come back without the words.
        """
        if self._parts is None:
            return tuple(self._audit(recording) for recording in chunk)
        queue, done = deque(chunk), list[tuple[Recording, Outcome]]()
        try:
            while queue:
                done += self._audit_part(self._parts, queue)
        except TasleekError as error:
            return error
        return tuple(done)

    def _audit_part(
        self, parts: PartWriter, queue: deque[Recording]
    ) -> list[tuple[Recording, Outcome]]:
        """Audit what is in ``queue`` until a part is due, and write it."""
        due = time.monotonic() + _PART_S
        done = [self._audit(queue.popleft())]
        while queue and time.monotonic() < due:
            done.append(self._audit(queue.popleft()))
        with parts.part() as writer:
            return [(r, _wordless(store_outcome(writer, r, outcome))) for r, outcome in done]

    def _part_writer(self) -> PartWriter | None:
        if self._target is None:
            return None
        return PartWriter(self._target.folder, self._target.run, self._target.salt)

    def _audit(self, recording: Recording) -> tuple[Recording, Outcome]:
        try:
            with local_copy(recording) as copy:
                read = replace(recording, sha256=copy.sha256)
                return read, _told_of(read, copy, self._task(copy))
        except TasleekError as error:
            stage = STAGE_READ if isinstance(error, UnreadableError) else "fetch"
            return recording, CallFailure(recording.path, stage, str(error), recording.call_id)


def _told_of(recording: Recording, copy: Recording, outcome: Outcome) -> Outcome:
    """``outcome`` of a copy as that of its recording."""
    if isinstance(outcome, CallAudit):
        return replace(outcome, recording=recording)
    if copy.path == recording.path:
        return outcome
    place = url_of(recording.path) or str(recording.path)
    reason = outcome.reason.replace(str(copy.path), place)
    return replace(outcome, path=recording.path, reason=reason)


def _wordless(outcome: Outcome) -> Outcome:
    if isinstance(outcome, CallAudit):
        return replace(outcome, utterances=(), redacted=(), quarters=())
    return outcome

"""A run: find the recordings, audit what is not done, store every outcome as it comes."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit import __version__
from audit.batch.local import AuditorFactory, Outcome, audit_recordings, default_workers
from audit.batch.plan import Plan, make_plan
from audit.config import Config
from audit.errors import AudioError, MetadataError, UsageError
from audit.ingest.audio import probe
from audit.ingest.recordings import RecordingFinder
from audit.ingest.vcon import dialog_body
from audit.store.database import open_database
from audit.store.queries import stored_calls
from audit.store.writer import AuditWriter, RunDescription
from audit.types import CallAudit, CallFailure, Recording


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
    the others. An interrupt (Ctrl-C) keeps all that is stored and is told in the summary. Raises
    ``UsageError``, ``ModelError`` or ``StoreError`` when the run cannot start at all.
    """
    if not request.paths and request.manifest is None:
        raise UsageError("give recordings: files, folders, patterns, or a --manifest")
    began = time.monotonic()
    finder = RecordingFinder(config.ingest, request.manifest)
    with open_database(request.database, write=True) as connection:
        plan = make_plan(finder.find(request.paths), stored_calls(connection), again=request.again)
        durations = {r.path: _duration_ms(r) for r in plan.todo}
        todo = sorted(plan.todo, key=lambda r: durations[r.path], reverse=True)
        observer.planned(plan, sum(durations.values()))
        writer = AuditWriter(connection, describe_run(config))
        tally = _Tally()
        try:
            _store_known_failures(plan, writer, observer, tally)
            workers = request.workers or default_workers(len(todo))
            for recording, outcome in audit_recordings(todo, config, workers, factory):
                _store(recording, outcome, writer)
                tally.add(outcome)
                observer.finished(outcome)
        except KeyboardInterrupt:
            tally.interrupted = True
        finally:
            writer.count_skipped(len(plan.skipped))
            writer.finish()
    return tally.summary(writer.run_id, len(plan.skipped), began)


class _Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.audio_ms = 0
        self.interrupted = False

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, CallAudit):
            self.counts[outcome.status] += 1
            self.audio_ms += outcome.info.duration_ms
        else:
            self.counts["failed"] += 1

    def summary(self, run_id: str, skipped: int, began: float) -> RunSummary:
        return RunSummary(
            run_id=run_id,
            audited=self.counts["audited"],
            unscorable=self.counts["unscorable"],
            failed=self.counts["failed"],
            skipped=skipped,
            audio_ms=self.audio_ms,
            wall_ms=round((time.monotonic() - began) * 1000),
            interrupted=self.interrupted,
        )


def _store_known_failures(
    plan: Plan, writer: AuditWriter, observer: RunObserver, tally: _Tally
) -> None:
    for failure, recording in plan.failures:
        writer.write_failure(failure, recording.metadata if recording else None)
        tally.add(failure)
        observer.finished(failure)


def _store(recording: Recording, outcome: Outcome, writer: AuditWriter) -> None:
    if isinstance(outcome, CallFailure):
        writer.write_failure(outcome, recording.metadata)
    else:
        writer.write_audit(outcome)


def _duration_ms(recording: Recording) -> int:
    """Length by the container, for the order of work and the progress bar; 0 where unknown."""
    try:
        if recording.vcon_dialog is None:
            return probe(recording.path, str(recording.path)).duration_ms
        body = dialog_body(recording.path, recording.vcon_dialog)
        return probe(body, str(recording.path)).duration_ms
    except (AudioError, MetadataError):
        return 0


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

"""Auditing many recordings on this machine: in this process, or in several.

Workers return values; nothing but the parent touches the database. Recordings are handed out one by
one, so memory does not grow with their number.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from typing import Protocol

from audit.config import Config
from audit.errors import TasleekError
from audit.types import CallAudit, CallFailure, Recording

STAGE_WORKER = "worker"

Outcome = CallAudit | CallFailure


class CallAuditor(Protocol):
    """What a worker holds: models loaded once, used for every call."""

    def audit(self, recording: Recording) -> Outcome: ...


#: Makes the auditor inside the worker's own process; must be importable (pickled by name).
AuditorFactory = Callable[[Config], CallAuditor]


def default_workers(recordings: int) -> int:
    """As many workers as cores, memory (2 GB each) and recordings allow; at least 1."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return max(1, min(cores, memory_gb // 2, recordings))


def audit_recordings(
    recordings: Sequence[Recording], config: Config, workers: int, factory: AuditorFactory
) -> Iterator[tuple[Recording, Outcome]]:
    """Outcomes as they come, in any order, one for every recording.

    Raises what ``factory`` raises when the models cannot be loaded.

    With one worker the work is done here; with more, in processes of their own, the cores shared
    among them. A worker that dies costs nobody else's call: what it held is tried once more, alone,
    and recorded as failed if that dies too.
    """
    if workers <= 1 or len(recordings) <= 1:
        auditor = factory(config)
        for recording in recordings:
            yield recording, auditor.audit(recording)
        return
    shared = _with_threads(config, workers)
    queue = iter(recordings)
    suspects: list[Recording] = []
    while True:
        yield from _run_pool(queue, shared, workers, factory, suspects)
        if not suspects:
            return
        for recording in suspects:
            yield recording, _audit_alone(recording, shared, factory)
        suspects.clear()


def _with_threads(config: Config, workers: int) -> Config:
    if config.speech.threads:
        return config
    threads = max(1, (os.cpu_count() or 1) // workers)
    return replace(config, speech=replace(config.speech, threads=threads))


def _run_pool(
    queue: Iterator[Recording], config: Config, workers: int, factory: AuditorFactory,
    suspects: list[Recording],
) -> Iterator[tuple[Recording, Outcome]]:  # fmt: skip
    """Outcomes until the queue is empty, or a worker died; then ``suspects`` were in work."""
    pool = _pool(workers, config, factory)
    running: dict[Future[Outcome], Recording] = {}
    try:
        _hand_out(pool, queue, running, workers + 1)
        while running:
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in ended:
                recording = running.pop(future)
                try:
                    yield recording, future.result()
                except BrokenProcessPool:
                    suspects.append(recording)
                    broken = True
            if broken:
                suspects.extend(running.values())
                return
            _hand_out(pool, queue, running, workers + 1)
    finally:
        _stop(pool)


def _hand_out(
    pool: ProcessPoolExecutor, queue: Iterable[Recording],
    running: dict[Future[Outcome], Recording], most: int,
) -> None:  # fmt: skip
    while len(running) < most:
        recording = next(iter(queue), None)
        if recording is None:
            return
        try:
            running[pool.submit(_audit_in_worker, recording)] = recording
        except BrokenProcessPool as error:
            failed: Future[Outcome] = Future()
            failed.set_exception(error)
            running[failed] = recording
            return


def _audit_alone(recording: Recording, config: Config, factory: AuditorFactory) -> Outcome:
    pool = _pool(1, config, factory)
    try:
        return pool.submit(_audit_in_worker, recording).result()
    except BrokenProcessPool:
        reason = (
            f"{recording.path}: the worker process died on it, twice (out of memory, or a fault in a "
            "model). Try it with --workers 1 and look at the system's log"
        )
        return CallFailure(
            recording.path, STAGE_WORKER, reason, recording.call_id, recording.sha256
        )
    finally:
        _stop(pool)


def _pool(workers: int, config: Config, factory: AuditorFactory) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_start_worker,
        initargs=(config, factory),
    )  # fmt: skip


def _stop(pool: ProcessPoolExecutor) -> None:
    # A call in work may take minutes: after an interrupt its process is ended, not waited for.
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


_auditor: CallAuditor | TasleekError | None = None


def _start_worker(config: Config, factory: AuditorFactory) -> None:
    global _auditor
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C for all
    try:
        _auditor = factory(config)
    except TasleekError as error:
        _auditor = error  # a dead worker could not say what is wrong


def _audit_in_worker(recording: Recording) -> Outcome:
    if _auditor is None or isinstance(_auditor, TasleekError):
        raise _auditor or AssertionError("the worker was not started")
    return _auditor.audit(recording)

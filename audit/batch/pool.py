"""Workers that are kept going: replaced when they die, ended when they hang, one task at a time each."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from audit.batch.worker import Broken, Died, Message, Ready, TaskFactory, Worker, wait_for_any
from audit.config import Config
from audit.errors import ModelError
from audit.types import CallFailure, Recording

STAGE_WORKER = "worker"
STAGE_TIME = "time limit"

#: A worker that dies so often while it loads its models, one after the other, will not load them.
_MOST_DEATHS_AT_START = 3

_log = logging.getLogger(__name__)


class WorkerPool:
    """Up to ``size`` worker processes, each with one task at most: memory does not grow with the queue.

    A worker that dies is replaced. Its task is tried once more, when nothing else is in work and by a
    worker that has the machine to itself, and becomes a ``CallFailure`` when that worker dies too. A
    task that takes longer than ``limit_s`` of it is ended and becomes a ``CallFailure``.
    """

    def __init__(
        self, make: TaskFactory, config: Config, size: int, threads: int,
        limit_s: Callable[[Recording], float],
    ) -> None:  # fmt: skip
        self._make = make
        self._config = config
        self._size = size
        self._threads = threads
        self._limit_s = limit_s
        self._workers: list[Worker] = []
        self._suspects: deque[Recording] = deque()
        self._alone = False
        self._deaths_at_start = 0

    @property
    def size(self) -> int:
        return self._size

    @property
    def in_work(self) -> int:
        """Tasks that workers have in hand."""
        return sum(worker.recording is not None for worker in self._workers)

    @property
    def suspects(self) -> int:
        """Tasks whose worker died and that wait for their second try."""
        return len(self._suspects)

    @property
    def busy(self) -> bool:
        return bool(self._suspects) or self.in_work > 0

    @property
    def free(self) -> bool:
        """Whether a task can be taken now."""
        return not self._alone and any(worker.idle for worker in self._workers)

    def submit(self, recording: Recording) -> None:
        """Hand a task to a free worker."""
        worker = next(worker for worker in self._workers if worker.idle)
        worker.hand(recording, self._limit_s(recording))

    def wait(self, timeout_s: float, wanted: int = 0) -> list[tuple[Recording, Any]]:
        """Results that came within ``timeout_s``, as soon as there is one.

        ``wanted`` is how many more tasks there are to take: so many workers, up to ``size``, are kept.
        Raises what the models raise that cannot be loaded.
        """
        self._try_suspect()
        self._staff(wanted)
        if not self._workers:
            return []
        nearest = min(worker.left_s for worker in self._workers)
        wait_for_any(self._workers, max(0.0, min(timeout_s, nearest)))
        done: list[tuple[Recording, Any]] = []
        for worker in list(self._workers):
            if (message := worker.receive()) is not None:
                done.extend(self._take(worker, message))
            elif worker.left_s <= 0:
                done.append(self._end_late(worker))
        return done

    def stop(self) -> None:
        """End all workers at once; what they had in hand is not done."""
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.bury()
        self._workers.clear()

    def _staff(self, wanted: int) -> None:
        if self._alone:
            return
        while len(self._workers) < min(self._size, self.in_work + wanted):
            self._workers.append(Worker(self._make, self._config, self._threads))

    def _try_suspect(self) -> None:
        """Begin a second try when nothing else is in work."""
        if not self._suspects or self.in_work:
            return
        if not self._alone:
            self.stop()  # idle workers hold memory too
            self._workers.append(Worker(self._make, self._config, self._threads))
            self._alone = True
        for worker in self._workers:
            if worker.idle:
                worker.hand(self._suspects[0], self._limit_s(self._suspects[0]))

    def _take(self, worker: Worker, message: Message) -> list[tuple[Recording, Any]]:
        if isinstance(message, Broken):
            raise message.error
        if isinstance(message, Ready):
            worker.ready = True
            self._deaths_at_start = 0
            return []
        if isinstance(message, Died):
            return self._replace(worker, message.how)
        recording, worker.recording = worker.recording, None
        assert recording is not None
        self._end_second_try()
        return [(recording, message.value)]

    def _replace(self, worker: Worker, how: str) -> list[tuple[Recording, Any]]:
        self._remove(worker)
        recording = worker.recording
        if recording is None:
            if not worker.ready:
                self._count_death_at_start(how)
            if self._alone:
                self._workers.append(Worker(self._make, self._config, self._threads))
            return []
        if self._alone:
            self._end_second_try()
            return [(recording, _twice(recording, how))]
        _log.warning(
            "a worker process died (%s); the call %s is tried once more, alone",
            how, recording.call_id,
        )  # fmt: skip
        self._suspects.append(recording)
        return []

    def _end_second_try(self) -> None:
        if self._alone:
            self._suspects.popleft()
            self._alone = bool(self._suspects) and bool(self._workers)

    def _count_death_at_start(self, how: str) -> None:
        self._deaths_at_start += 1
        _log.warning("a worker process died while it loaded the models (%s)", how)
        if self._deaths_at_start >= _MOST_DEATHS_AT_START:
            raise ModelError(
                f"worker processes die while they load the models ({how}). If memory is short, give "
                "fewer --workers or a smaller model; `tasleek doctor` checks the installation"
            )

    def _end_late(self, worker: Worker) -> tuple[Recording, CallFailure]:
        recording = worker.recording
        assert recording is not None
        worker.kill()
        self._remove(worker)
        if self._alone:
            self._end_second_try()
        return recording, _late(recording, worker.limit_s)

    def _remove(self, worker: Worker) -> None:
        worker.bury()
        self._workers.remove(worker)


def _twice(recording: Recording, how: str) -> CallFailure:
    reason = (
        f"{recording.path}: the worker process died on it, twice ({how}): memory ran out, or a fault in "
        "a model. Try it by itself with --workers 1, and look at the system's log"
    )
    return _failure(recording, STAGE_WORKER, reason)


def _late(recording: Recording, limit_s: float) -> CallFailure:
    reason = (
        f"{recording.path}: not done after {limit_s:.0f} s, the time limit for its length; it hangs, or "
        "the machine is slow for these models. Raise time_limit_factor under [batch] of tasleek.toml"
    )
    return _failure(recording, STAGE_TIME, reason)


def _failure(recording: Recording, stage: str, reason: str) -> CallFailure:
    return CallFailure(recording.path, stage, reason, recording.call_id, recording.sha256)

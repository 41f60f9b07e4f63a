"""One worker: the process that does the tasks, and the parent's hold on it."""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from typing import Any

from audit.batch.capacity import limited_threads
from audit.config import Config
from audit.errors import ModelError, TasleekError
from audit.types import Recording

#: Makes, inside the worker's own process, what does the tasks; must be importable (pickled by name).
TaskFactory = Callable[[Config], Callable[[Recording], Any]]

_PR_SET_PDEATHSIG = 1  # prctl(2)
_KILLED_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has its models and waits for tasks."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker cannot do any task: why."""

    error: TasleekError


@dataclass(frozen=True, slots=True)
class Result:
    """What a task gave."""

    value: Any


@dataclass(frozen=True, slots=True)
class Died:
    """The process ended; ``how`` in words."""

    how: str


Message = Ready | Broken | Result | Died


class Worker:
    """A worker process and what it has in hand."""

    def __init__(self, make: TaskFactory, config: Config, threads: int) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_work, args=(theirs, make, config), name="tasleek-worker", daemon=True
        )
        with limited_threads(threads):
            self.process.start()
        theirs.close()
        self.ready = False
        self.recording: Recording | None = None
        self.limit_s = 0.0
        self._began = 0.0

    @property
    def idle(self) -> bool:
        return self.ready and self.recording is None

    @property
    def left_s(self) -> float:
        """Seconds until the time limit of the task in hand."""
        if self.recording is None:
            return float("inf")
        return self._began + self.limit_s - time.monotonic()

    def hand(self, recording: Recording, limit_s: float) -> None:
        """Give it a task. A process that is dead already says so by ``receive``."""
        self.recording, self.limit_s, self._began = recording, limit_s, time.monotonic()
        try:
            self.connection.send(recording)
        except OSError:
            return

    def receive(self) -> Message | None:
        """What it has to say; ``None`` when there is nothing yet."""
        try:
            if self.connection.poll():
                message: Message = self.connection.recv()
                return message
        except (EOFError, OSError, pickle.UnpicklingError):
            # It died within a message; what follows could not be understood.
            self.process.kill()
            self.process.join(_KILLED_WITHIN_S)
        if self.process.is_alive():
            return None
        return Died(_how(self.process.exitcode))

    def kill(self) -> None:
        """End the process at once, whatever it is at: it holds nothing that could be lost."""
        self.process.kill()

    def bury(self) -> None:
        """Wait for a killed process and let go of what it held."""
        self.process.join(_KILLED_WITHIN_S)
        self.connection.close()


def wait_for_any(workers: list[Worker], timeout_s: float) -> None:
    """Until one of ``workers`` has something to say, or ``timeout_s`` has passed."""
    awaited: list[Any] = [worker.connection for worker in workers]
    awaited += [worker.process.sentinel for worker in workers]
    connection.wait(awaited, timeout_s)


def _how(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"exit code {exit_code}"
    if -exit_code == signal.SIGKILL:
        return "killed, as the system does when memory runs out"
    try:
        return f"signal {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"signal {-exit_code}"


def _work(parent: Connection, make: TaskFactory, config: Config) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C for all
    _end_with_parent()
    try:
        task = make(config)
    except TasleekError as error:
        parent.send(Broken(error))  # a dead worker could not say what is wrong
        return
    except Exception as error:
        parent.send(Broken(ModelError(f"the models cannot be loaded: {_fault(error)}")))
        return
    parent.send(Ready())
    while True:
        try:
            recording = parent.recv()
        except EOFError:
            return
        parent.send(Result(task(recording)))


def _fault(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error) or 'no message'}"


def _end_with_parent() -> None:
    """A worker without a parent must not go on for hours, even when its parent was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, name="watch-parent", daemon=True).start()


def _watch_parent() -> None:
    # For systems without prctl, and for a parent that died before it was called.
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)

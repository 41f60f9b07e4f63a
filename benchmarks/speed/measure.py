"""Running a command and measuring it: time, processor time and memory of all its processes.

Processor time and the largest process come from ``wait4(2)`` (``ru_utime``, ``ru_stime``,
``ru_maxrss``), which counts the descendants that were waited for. Memory of the whole tree is read from
``/proc`` ten times a second; a shorter peak may be missed there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SAMPLED_EVERY_S = 0.1
_SAID_OF_A_FAILURE = 2000
_PIN = """
import os, sys
os.sched_setaffinity(0, {int(core) for core in sys.argv[1].split(",")})
os.execvp(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished run. Times in seconds, memory in bytes.

    ``largest_bytes`` is the peak of the largest process, ``tree_bytes`` that of all processes together
    (resident sets added up: pages that two of them share count twice). ``load`` is the machine's load
    average (1 minute) when the run began.
    """

    wall_s: float
    cpu_s: float
    largest_bytes: int
    tree_bytes: int
    exit_code: int
    load: float
    said: str = ""


def run_measured(
    command: Sequence[str],
    log: Path,
    *,
    cores: Sequence[int] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Measured:
    """Run ``command`` on ``cores`` (all, if not given); its output goes to ``log``.

    The environment is that of this process with ``environment`` over it. ``said`` is the end of the
    output where the exit code is not 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0]
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            _pinned(command, cores),
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        memory = _TreeMemory(process.pid)
        memory.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            memory.end()
    process.returncode = os.waitstatus_to_exitcode(status)
    said = log.read_text(encoding="utf-8", errors="replace") if process.returncode else ""
    return Measured(
        wall_s=time.perf_counter() - began,
        cpu_s=usage.ru_utime + usage.ru_stime,
        largest_bytes=usage.ru_maxrss << 10,
        tree_bytes=max(memory.peak, usage.ru_maxrss << 10),
        exit_code=process.returncode,
        load=load,
        said=said[-_SAID_OF_A_FAILURE:],
    )


def _pinned(command: Sequence[str], cores: Sequence[int] | None) -> list[str]:
    # By a program in between rather than a function between fork and exec: that would make the
    # child's ru_maxrss begin with what this process has.
    if cores is None:
        return list(command)
    listed = ",".join(map(str, cores))
    return [sys.executable, "-c", _PIN, listed, *command]


class _TreeMemory(threading.Thread):
    """Adds up the resident sets of a process and its descendants, until told to end."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._ended = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._ended.wait(_SAMPLED_EVERY_S):
            self.peak = max(self.peak, sum(map(_resident_bytes, _tree(self._root))))

    def end(self) -> None:
        self._ended.set()
        self.join()


def _tree(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        with suppress(OSError):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with suppress(OSError):
                    waiting.extend(map(int, (thread / "children").read_text().split()))
    return found


def _resident_bytes(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0

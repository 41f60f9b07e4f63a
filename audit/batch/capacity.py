"""What this machine, or the container it is in, has to give: cores and memory.

Sources: ``sched_getaffinity(2)``; ``MemAvailable`` of proc(5); control groups version 2 (``cpu.max``,
``memory.max``, ``memory.current``; kernel documentation, cgroup-v2) and version 1.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: Memory of a worker with the default models, and what it adds a minute of the recording in work
#: (docs/batches.md says how it was measured; a larger recognizer needs more).
WORKER_BYTES = 1_300 << 20
WORKER_BYTES_A_MINUTE = 50 << 20
#: Share of the free memory that workers may take; the parent and the page cache need the rest.
_SHARE = 0.9
#: Libraries of array operations start as many threads as there are cores, each in every worker.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Capacity:
    """Cores this process may use, and bytes of memory that are free for it."""

    cores: int
    memory_bytes: int


def machine_capacity(cgroup: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> Capacity:
    """What is there now; the limits of a container count where there are any."""
    cores = float(_cores())
    if quota := _cpu_quota(cgroup):
        cores = min(cores, quota)
    memory = _free_memory(meminfo)
    if (left := _cgroup_memory(cgroup)) is not None:
        memory = min(memory, left)
    return Capacity(max(1, math.ceil(cores)), memory)


def default_workers(lengths_ms: Sequence[int], capacity: Capacity, device: str = "cpu") -> int:
    """As many workers as cores, recordings and memory allow; at least 1, and 1 on a GPU, whose memory
    is not known here.

    ``lengths_ms`` are those of the recordings; the longest are in work at once, since they come first.
    """
    if device != "cpu":
        return 1
    longest = sorted(lengths_ms, reverse=True)
    needed = workers = 0
    for length_ms in longest[: capacity.cores]:
        needed += WORKER_BYTES + WORKER_BYTES_A_MINUTE * length_ms // 60_000
        if needed > capacity.memory_bytes * _SHARE:
            break
        workers += 1
    return max(1, workers)


def worker_threads(workers: int, capacity: Capacity) -> int:
    """Threads of one worker, so that all together keep each core busy once."""
    return max(1, capacity.cores // workers)


@contextmanager
def limited_threads(threads: int) -> Iterator[None]:
    """Processes started within take at most ``threads`` threads for array operations."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_quota(cgroup: Path) -> float | None:
    """Cores' worth of time that the control group may use; ``None`` without a limit."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (cgroup / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota_us = int((cgroup / "cpu/cpu.cfs_quota_us").read_text())
        period_us = int((cgroup / "cpu/cpu.cfs_period_us").read_text())
        return quota_us / period_us if quota_us > 0 else None
    return None


def _cgroup_memory(cgroup: Path) -> int | None:
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        with suppress(OSError, ValueError):
            most, now = int((cgroup / limit).read_text()), int((cgroup / used).read_text())
            return max(0, most - now + _reclaimable(cgroup / used))
    return None


def _reclaimable(used: Path) -> int:
    """Bytes of files that were read and can be dropped at once; they count as used."""
    with suppress(OSError, ValueError):
        for line in (used.parent / "memory.stat").read_text().splitlines():
            name, value = line.split()
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    return 0


def _free_memory(meminfo: Path) -> int:
    with suppress(OSError, ValueError, StopIteration):
        lines = meminfo.read_text().splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) << 10
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

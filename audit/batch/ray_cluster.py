"""Workers as Ray actors. The only module that imports ray (the extra ``tasleek[ray]``).

Ray places the actors on nodes, starts new ones when nodes come, and tells when one has died. What is to
be tried again is decided by ``batch.cluster``: Ray's own retries would repeat a whole chunk for ever.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from audit.batch.capacity import WORKER_BYTES
from audit.batch.chunk import Chunk, ChunkAuditor, Outcomes
from audit.config import Config
from audit.errors import ModelError, TasleekError, UsageError

#: So many workers that die while they load, one after the other and more than there are, will not load.
_DEATHS_AT_START = 3
_NO_WORKER_S = 60.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChunkEnd:
    """How a chunk ended: with outcomes, or ``died`` with its worker (why), or ``late``."""

    chunk: Chunk
    outcomes: Outcomes = ()
    died: str = ""
    late: bool = False


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """A connection to the cluster at ``address``; without one, that of ``RAY_ADDRESS``, else a cluster
    of this machine alone, which ends with it.

    Raises ``UsageError`` when ray is not installed or the cluster cannot be reached.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the site
    try:
        import ray
    except ImportError:
        raise UsageError(
            "--executor ray needs Ray, which is not installed; run `pip install 'tasleek[ray]'` here "
            "and on every node"
        ) from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"no Ray cluster can be reached at {address or 'RAY_ADDRESS'} "
            f"({str(error).splitlines()[0]}); `ray status` on its head node shows whether it runs"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def cluster_size(config: Config) -> int:
    """Workers that the cores (with a GPU device: the GPUs) of the cluster make room for; at least 1."""
    import ray

    there = ray.cluster_resources()
    if config.speech.device != "cpu":
        return max(1, int(there.get("GPU", 0)))
    return max(1, int(there.get("CPU", 0)) // max(1, config.speech.threads))


@dataclass(slots=True, eq=False)
class _Actor:
    handle: Any
    awaited: Any
    ready: bool = False
    chunk: Chunk | None = None
    deadline: float = float("inf")


class RayPool:
    """Up to ``size`` actors, one chunk at a time each; those that die are replaced.

    Actors that no node has room for wait within Ray, and get no chunk meanwhile.
    """

    def __init__(
        self, make: Callable[[], tuple[Any, ...]], config: Config, size: int,
        limit_s: Callable[[Chunk], float],
    ) -> None:  # fmt: skip
        import ray

        gpu = config.speech.device != "cpu"
        self._remote = ray.remote(
            num_cpus=max(1, config.speech.threads), num_gpus=1 if gpu else 0,
            memory=WORKER_BYTES, max_restarts=0,
        )(ChunkAuditor)  # fmt: skip
        self._make = make
        self._size = size
        self._limit_s = limit_s
        self._actors: list[_Actor] = []
        self._deaths_at_start = 0
        self._began = time.monotonic()

    @property
    def busy(self) -> bool:
        return any(actor.chunk is not None for actor in self._actors)

    @property
    def free(self) -> bool:
        """Whether a chunk can be taken now."""
        return any(actor.ready and actor.chunk is None for actor in self._actors)

    def submit(self, chunk: Chunk) -> None:
        """Hand a chunk to a free worker."""
        actor = next(actor for actor in self._actors if actor.ready and actor.chunk is None)
        actor.chunk = chunk
        actor.deadline = time.monotonic() + self._limit_s(chunk)
        actor.awaited = actor.handle.audit.remote(chunk)

    def wait(self, timeout_s: float, wanted: int) -> list[ChunkEnd]:
        """Chunks that ended within ``timeout_s``; ``wanted`` is how many more there are to take.

        Raises what the models raise that cannot be loaded, and ``StoreFullError``.
        """
        import ray

        self._staff(wanted)
        awaited = {actor.awaited: actor for actor in self._actors if actor.awaited is not None}
        if not awaited:
            return []
        ray.wait(list(awaited), num_returns=1, timeout=timeout_s)
        done, _ = ray.wait(list(awaited), num_returns=len(awaited), timeout=0)
        ends = [end for ref in done if (end := self._take(awaited[ref])) is not None]
        now = time.monotonic()
        for actor in [actor for actor in self._actors if actor.deadline <= now]:
            assert actor.chunk is not None
            self._end(actor)
            ends.append(ChunkEnd(actor.chunk, late=True))
        return ends

    def stop(self) -> None:
        """End all workers at once; what they had in hand is not done."""
        for actor in list(self._actors):
            self._end(actor)

    def _staff(self, wanted: int) -> None:
        in_work = sum(actor.chunk is not None for actor in self._actors)
        while len(self._actors) < min(self._size, in_work + wanted):
            handle = self._remote.remote(*self._make())
            self._actors.append(_Actor(handle, handle.load.remote()))
        if self._began and time.monotonic() - self._began > _NO_WORKER_S:
            if not any(actor.ready for actor in self._actors):
                _log.warning(
                    "no worker has begun: see whether the cluster has %.1f GB of memory and a core free "
                    "on a node (`ray status`), and whether models load there", WORKER_BYTES / 2**30,
                )  # fmt: skip
            self._began = 0.0

    def _take(self, actor: _Actor) -> ChunkEnd | None:
        import ray
        from ray.exceptions import RayError, RayTaskError

        try:
            value = ray.get(actor.awaited)
        except RayTaskError:
            raise  # a fault of ours
        except RayError as error:
            return self._replace(actor, type(error).__name__)
        if isinstance(value, TasleekError):
            raise value
        actor.awaited = None
        if not actor.ready:
            actor.ready, self._deaths_at_start = True, 0
            return None
        assert actor.chunk is not None
        chunk, actor.chunk, actor.deadline = actor.chunk, None, float("inf")
        return ChunkEnd(chunk, value)

    def _replace(self, actor: _Actor, how: str) -> ChunkEnd | None:
        self._end(actor)
        if actor.chunk is not None:
            _log.warning("a worker or its node died (%s); its calls are tried again", how)
            return ChunkEnd(actor.chunk, died=how)
        if not actor.ready:
            self._deaths_at_start += 1
            if self._deaths_at_start >= self._size + _DEATHS_AT_START:
                raise ModelError(
                    f"workers die while they load the models ({how}); see the logs of Ray, and try "
                    "`tasleek doctor` on a node"
                )
        return None

    def _end(self, actor: _Actor) -> None:
        import ray

        self._actors.remove(actor)
        ray.kill(actor.handle)

"""How long recordings are by their headers, found out in processes of their own.

A header is read by FFmpeg, in C: if a damaged one should end or hang the process that reads it, that
costs its length only, and not the batch.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence

from audit.batch.interruption import StopRequest
from audit.batch.pool import WorkerPool
from audit.config import Config
from audit.errors import AudioError, MetadataError
from audit.ingest.audio import probe
from audit.ingest.vcon import dialog_body
from audit.types import Recording

_LIMIT_S = 30.0
_HEED_S = 0.25
#: Recordings that are worth a process more.
_EACH = 200
#: The lowest bit rate of speech in use (AMR-NB at 4.75 kbit/s): no more sound fits into a file.
_FEWEST_BYTES_A_SECOND = 590


class LengthMeter:
    """Measures lengths with up to ``size`` processes, which stay until it is closed."""

    def __init__(self, config: Config, size: int) -> None:
        self._pool = WorkerPool(_LengthProbe, config, size, 1, lambda recording: _LIMIT_S)

    def measure(self, recordings: Sequence[Recording], stop: StopRequest) -> dict[str, int]:
        """Length in milliseconds by ``call_id``; 0 where the container does not tell.

        Raises ``KeyboardInterrupt`` when ``stop`` is requested.
        """
        lengths: dict[str, int] = {}
        queue = deque(recordings)
        while queue or self._pool.busy:
            stop.check()
            while queue and self._pool.free:
                self._pool.submit(queue.popleft())
            for recording, length in self._pool.wait(_HEED_S, -(-len(queue) // _EACH)):
                lengths[recording.call_id] = length if isinstance(length, int) else 0
        return lengths

    def close(self) -> None:
        self._pool.stop()


def time_limit(config: Config, lengths_ms: dict[str, int]) -> Callable[[Recording], float]:
    """Seconds that a call may take, in proportion to its length; where that is not known, to the
    longest that its file could hold."""
    longest_ms = config.ingest.max_duration_min * 60_000

    def limit_s(recording: Recording) -> float:
        length_ms = lengths_ms.get(recording.call_id, 0) or _most_ms(recording)
        factor = config.batch.time_limit_factor
        return config.batch.time_limit_min_s + factor * min(length_ms, longest_ms) / 1000

    return limit_s


def _most_ms(recording: Recording) -> int:
    size = recording.size_bytes
    if not size:
        try:
            size = os.stat(recording.path).st_size
        except OSError:
            return 0
    return size * 1000 // _FEWEST_BYTES_A_SECOND


class _LengthProbe:
    def __init__(self, config: Config) -> None:
        self._longest_ms = config.ingest.max_duration_min * 60_000

    def __call__(self, recording: Recording) -> int:
        name = str(recording.path)
        try:
            if recording.vcon_dialog is None:
                length_ms = probe(recording.path, name).duration_ms
            else:
                body = dialog_body(recording.path, recording.vcon_dialog)
                length_ms = probe(body, name).duration_ms
        except (AudioError, MetadataError):
            return 0
        # A damaged header may promise years.
        return min(length_ms, self._longest_ms)

"""Stretches of time, and sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Every model of this project hears audio at this rate.
SAMPLE_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time, half-open ``[start_ms, end_ms)``."""

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlap_ms(self, other: Segment) -> int:
        """Milliseconds shared with ``other``; 0 when they do not meet."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What the container says of a recording. ``duration_ms`` is that of the decoded sound."""

    duration_ms: int
    channels: int
    sample_rate_hz: int
    codec: str


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Decoded sound: ``samples`` is float32, shape ``(channels, n)``, in ``[-1, 1]``, at 16 kHz."""

    samples: NDArray[np.float32]
    info: AudioInfo
    sample_rate_hz: int = SAMPLE_RATE_HZ

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def duration_ms(self) -> int:
        return int(self.samples.shape[1]) * 1000 // self.sample_rate_hz

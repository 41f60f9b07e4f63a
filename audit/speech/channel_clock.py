"""Whether two channels of a recording run together, from what leaks across between them.

A party's voice that leaks into the other's channel comes a constant echo later than in its own.
Where the recorder's channels start apart, that delay is longer one way and shorter, even negative, the
other way; where their clocks differ it changes along the call, in opposite directions. Delays are
the peaks of
the generalized cross-correlation with phase transform (C. Knapp and G. Carter, "The generalized
correlation method for estimation of time delay", IEEE Trans. ASSP 24, 1976), over windows in which one
party speaks alone; the line through them is Theil's and Sen's, which ignores wild ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import TYPE_CHECKING

from audit.speech.crosstalk import FRAME_MS, frame_levels_db
from audit.types import SAMPLE_RATE_HZ, ChannelClock, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WINDOW_MS = 3000
_WINDOWS = 30
#: One party speaks alone where its channel is so much louder in so many frames, and the other is
#: louder in fewer than so many (the pauses within a turn count here).
_LOUD_RANGE_DB, _LOUDER_DB = 20.0, 12.0
_MIN_SPEAKING, _MAX_OTHER = 0.4, 0.25
_MAX_LAG_MS = 1500
_LOW_HZ, _HIGH_HZ = 300.0, 3400.0
#: A delay counts whose peak stands this far above the deviation of the correlation around it.
_MIN_PEAK = 9.0
#: So many delays in one direction, within this of one line, over this much of the call, are a clock.
_MIN_DELAYS, _MIN_SHARE, _MAX_RESIDUAL_MS, _MIN_SPAN_MS = 5, 0.7, 3.0, 20_000
#: An echo comes within so much; a delay that is negative, or asymmetric beyond this, is an offset.
_MAX_ECHO_MS = 60.0
#: Clocks of telephone equipment are good to 50 ppm; what is measured is good to some ppm.
_MIN_DRIFT_PPM, _MAX_DRIFT_PPM = 8.0, 2000.0
_MIN_OFFSET_MS = 20.0
_PER_MS = SAMPLE_RATE_HZ // 1000
_BLOCK_SAMPLES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Delay:
    at_ms: float
    delay_ms: float


@dataclass(frozen=True, slots=True)
class _Line:
    """Delay at the beginning of the recording, and its growth in milliseconds a millisecond."""

    start_ms: float
    slope: float


def measure_clock(samples: NDArray[np.float32]) -> ChannelClock | None:
    """How channel 1 runs against channel 0; ``None`` where nothing leaks, or both run together.

    ``samples`` is float32, shape ``(2, n)``, 16 kHz.
    """
    into_1 = _line(_delays(samples, 0))
    into_0 = _line(_delays(samples, 1))
    if into_1 is None and into_0 is None:
        return None
    drift_ppm = _drift_ppm(into_1, into_0)
    if drift_ppm is None:
        return None
    if abs(drift_ppm) < _MIN_DRIFT_PPM:
        drift_ppm = 0.0
    offset_ms = _offset_ms(into_1, into_0)
    if offset_ms is not None and abs(offset_ms) < _MIN_OFFSET_MS:
        offset_ms = 0.0
    return ChannelClock(offset_ms, drift_ppm) if offset_ms or drift_ppm else None


def on_common_clock(samples: NDArray[np.float32], clock: ChannelClock) -> NDArray[np.float32]:
    """``samples`` of shape ``(2, n)`` with channel 1 moved to where channel 0 would have it.

    Between samples it is interpolated linearly: good for levels, not for listening.
    """
    import numpy as np

    moved = samples.copy()
    count = samples.shape[1]
    offset = (clock.offset_ms or 0.0) * _PER_MS
    for first in range(0, count, _BLOCK_SAMPLES):
        common = np.arange(first, min(first + _BLOCK_SAMPLES, count))
        there = (common + offset) / (1.0 - clock.drift_ppm / 1e6)
        low, high = max(0, int(there[0])), min(count, int(there[-1]) + 2)
        if low >= high:
            moved[1, common] = 0.0
            continue
        moved[1, common] = np.interp(there, np.arange(low, high), samples[1, low:high], 0.0, 0.0)
    return moved


def _drift_ppm(into_1: _Line | None, into_0: _Line | None) -> float | None:
    """From both directions, which must agree; ``None`` for what no clock does."""
    slopes = [line.slope * sign for line, sign in ((into_1, 1), (into_0, -1)) if line is not None]
    ppm = [slope * 1e6 for slope in slopes]
    if max(ppm) - min(ppm) > 2 * _MIN_DRIFT_PPM or abs(sum(ppm) / len(ppm)) > _MAX_DRIFT_PPM:
        return None
    return sum(ppm) / len(ppm)


def _offset_ms(into_1: _Line | None, into_0: _Line | None) -> float | None:
    """Half the difference of the delays; one way alone tells only where it cannot be an echo."""
    if into_1 is not None and into_0 is not None:
        difference_ms = (into_1.start_ms - into_0.start_ms) / 2
        echo_ms = (into_1.start_ms + into_0.start_ms) / 2
        return difference_ms if -_MIN_OFFSET_MS < echo_ms < 10 * _MAX_ECHO_MS else None
    for line, sign in ((into_1, 1), (into_0, -1)):
        if line is not None and line.start_ms < -_MIN_OFFSET_MS:
            return sign * line.start_ms
    return None


def _line(delays: Sequence[_Delay]) -> _Line | None:
    """The line through most of ``delays``; ``None`` without one."""
    if len(delays) < _MIN_DELAYS:
        return None
    slope = median(
        (later.delay_ms - earlier.delay_ms) / (later.at_ms - earlier.at_ms)
        for earlier, later in combinations(delays, 2)
        if later.at_ms > earlier.at_ms
    )
    start_ms = median(delay.delay_ms - slope * delay.at_ms for delay in delays)
    near = [d for d in delays if abs(d.delay_ms - start_ms - slope * d.at_ms) <= _MAX_RESIDUAL_MS]
    enough = len(near) >= max(_MIN_DELAYS, _MIN_SHARE * len(delays))
    if not enough or near[-1].at_ms - near[0].at_ms < _MIN_SPAN_MS:
        return None
    return _Line(start_ms, slope)


def _delays(samples: NDArray[np.float32], source: int) -> tuple[_Delay, ...]:
    """How late the voice of channel ``source`` is heard in the other, wherever it is, in order."""
    spans = _alone(frame_levels_db(samples[source]), frame_levels_db(samples[1 - source]))
    chosen = spans[:: max(1, -(-len(spans) // _WINDOWS))]
    found = (_delay(samples[source], samples[1 - source], span) for span in chosen)
    return tuple(delay for delay in found if delay is not None)


def _alone(own: NDArray[np.float32], other: NDArray[np.float32]) -> list[Segment]:
    """Windows in which ``own`` (levels of frames) speaks and ``other`` holds no voice of its own."""
    import numpy as np

    width = _WINDOW_MS // FRAME_MS
    loud = own > np.percentile(own, 95) - _LOUD_RANGE_DB if len(own) else own > 0
    speaking = loud & (own > other + _LOUDER_DB)
    spans = []
    for first in range(0, len(own) - width + 1, width):
        part = slice(first, first + width)
        if (
            speaking[part].mean() >= _MIN_SPEAKING
            and (loud[part] & ~speaking[part]).mean() + (other[part] > own[part]).mean()
            < _MAX_OTHER
        ):
            spans.append(Segment(first * FRAME_MS, (first + width) * FRAME_MS))
    return spans


def _delay(own: NDArray[np.float32], other: NDArray[np.float32], span: Segment) -> _Delay | None:
    """The delay of ``own``'s voice in ``other``; ``None`` where it is not heard there."""
    import numpy as np

    start, end = span.start_ms * _PER_MS, span.end_ms * _PER_MS
    reach = _MAX_LAG_MS * _PER_MS
    first, last = max(0, start - reach), min(len(other), end + reach)
    size = 1 << (last - first + end - start).bit_length()
    here = np.fft.rfft(own[start:end], size)
    there = np.fft.rfft(other[first:last], size)
    cross = there * np.conj(here)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
    band = (frequency >= _LOW_HZ) & (frequency <= _HIGH_HZ)
    whitened = np.where(band, cross / np.maximum(np.abs(cross), 1e-12), 0)
    correlation = np.fft.irfft(whitened, size)
    lags = np.arange(max(-reach, first - start), min(reach, last - start))
    values = correlation[(lags + start - first) % size]
    best = int(np.abs(values).argmax())
    if abs(values[best]) < _MIN_PEAK * float(np.std(values)):
        return None
    return _Delay((span.start_ms + span.end_ms) / 2, float(lags[best]) / _PER_MS)

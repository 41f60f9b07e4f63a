"""Ringing told from everything else by its signal: one steady tone, on and off.

Ringback is 400-450 Hz, in the Gulf states 425 Hz for 1.2 s every 5.8 s; other countries send two
tones between 400 and 480 Hz (ITU-T E.180, supplement 2). Bursts of a sole tone there that last as
long and come at the same distance are ringing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from audit.speech.crosstalk import FRAME_MS, frame_levels_db
from audit.speech.timeline import union
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FRAME_SAMPLES = 1024
_HOP_SAMPLES = 320
_HOP_MS = _HOP_SAMPLES * 1000 // SAMPLE_RATE_HZ
_TONE_HZ, _LINE_HZ = (375.0, 505.0), (200.0, 3600.0)
#: Of the frame's power in the band of a line.
_TONE_SHARE = 0.85
_FAINTEST_DB = -60.0
_MIN_BURST_MS, _MAX_BURST_MS = 300, 2600
_BRIDGE_MS = 60
#: A burst alone is ringing only if it is so long; no vowel is.
_MIN_LONE_BURST_MS = 900
_MAX_PAUSE_MS = 6500
_BLOCK_FRAMES = 4000
_QUIET_FROM_MS, _QUIET_MS, _QUIET_DB = 100, 500, 15.0


def detect_ringing(samples: NDArray[np.float32]) -> tuple[Segment, ...]:
    """Stretches of ringing in one channel, each from its first burst to the end of its last.

    ``samples`` is float32, shape ``(n,)``, 16 kHz.
    """
    levels = frame_levels_db(samples)
    bursts = [
        burst
        for burst in union(_tones(samples), _BRIDGE_MS)
        if _MIN_BURST_MS <= burst.duration_ms <= _MAX_BURST_MS and _quiet_after(burst, levels)
    ]
    ringing: list[Segment] = []
    for burst in bursts:
        if ringing and burst.start_ms - ringing[-1].end_ms <= _MAX_PAUSE_MS:
            ringing[-1] = Segment(ringing[-1].start_ms, burst.end_ms)
        else:
            ringing.append(burst)
    return tuple(span for span in ringing if _is_ringing(span, bursts))


def _quiet_after(burst: Segment, levels: NDArray[np.float32]) -> bool:
    """Whether the line is quiet after a burst; a note of music is followed by the next."""
    import numpy as np

    own = levels[burst.start_ms // FRAME_MS : burst.end_ms // FRAME_MS]
    begin = (burst.end_ms + _QUIET_FROM_MS) // FRAME_MS
    after = levels[begin : begin + _QUIET_MS // FRAME_MS]
    return not len(after) or bool(np.median(after) < np.median(own) - _QUIET_DB)


def _is_ringing(span: Segment, bursts: list[Segment]) -> bool:
    own = [burst for burst in bursts if burst.overlap_ms(span)]
    if len(own) == 1:
        return span.duration_ms >= _MIN_LONE_BURST_MS
    # The first burst of a recording may have lost its beginning, the last its end.
    whole = [burst.duration_ms for burst in own[1:-1]] or [own[-1].duration_ms]
    pauses = [later.start_ms - earlier.end_ms for earlier, later in pairwise(own)]
    return max(whole) <= 1.5 * min(whole) + 100 and max(pauses) > 150


def _tones(samples: NDArray[np.float32]) -> list[Segment]:
    """Frames that hold nothing but a tone in the band of ringing."""
    import numpy as np

    count = 1 + (len(samples) - _FRAME_SAMPLES) // _HOP_SAMPLES
    window = np.hanning(_FRAME_SAMPLES).astype(np.float32)
    frequency = np.fft.rfftfreq(_FRAME_SAMPLES, 1 / SAMPLE_RATE_HZ)
    tone = (frequency >= _TONE_HZ[0]) & (frequency <= _TONE_HZ[1])
    line = (frequency >= _LINE_HZ[0]) & (frequency <= _LINE_HZ[1])
    faintest = 10 ** (_FAINTEST_DB / 10) * _FRAME_SAMPLES * float(np.sum(window**2)) / 2
    found: list[Segment] = []
    for first in range(0, max(0, count), _BLOCK_FRAMES):
        last = min(first + _BLOCK_FRAMES, count)
        part = samples[first * _HOP_SAMPLES : (last - 1) * _HOP_SAMPLES + _FRAME_SAMPLES]
        frames = np.lib.stride_tricks.sliding_window_view(part, _FRAME_SAMPLES)[::_HOP_SAMPLES]
        power = np.abs(np.fft.rfft(frames * window)) ** 2
        whole = power[:, line].sum(axis=1)
        sole = (power[:, tone].sum(axis=1) >= _TONE_SHARE * whole) & (whole > faintest)
        found += [
            Segment(
                (first + int(index)) * _HOP_MS + _HOP_MS,
                (first + int(index)) * _HOP_MS + 3 * _HOP_MS,
            )
            for index in np.flatnonzero(sole)
        ]
    return found

"""From a stretch of a recording to the sound of an excerpt: mixed, bleeped, as loud as others, faded.

Both channels are mixed: who listens with one loudspeaker, or with one ear, hears both parties. Before
that the quieter party is turned up. Personal data is cut out of the mix, not only of the channel that it
was said on, for cross-talk carries it into the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.reporting.excerpts.loudness import TARGET_LUFS, as_loud_as, loudness
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

#: Recognizers tell the times of words to some tenths of a second; a bleep reaches beyond them.
BLEEP_MARGIN_MS = 200
#: Bleeps that are nearer to each other become one.
_BLEEP_GAP_MS = 150
_BLEEP_HZ = 1000
_BLEEP_PEAK = 0.07
_RAMP = SAMPLE_RATE_HZ * 5 // 1000
#: What the quieter party may be turned up by: more would bring the other's cross-talk with it.
_MOST_BALANCE_DB = 9.0
_PER_MS = SAMPLE_RATE_HZ // 1000


@dataclass(frozen=True, slots=True)
class Dressing:
    """How an excerpt is finished. Times are milliseconds of the excerpt.

    ``spoken`` has, for each channel, when its party speaks; ``bleeps`` are the spans to be covered, with
    their margins (``bleep_spans``).
    """

    spoken: tuple[tuple[Segment, ...], ...]
    bleeps: tuple[Segment, ...]
    fade_in_ms: int
    fade_out_ms: int


def bleep_spans(heard: Sequence[Segment], duration_ms: int) -> tuple[Segment, ...]:
    """What has to be covered so that nothing of ``heard`` is audible: with margins, joined, inside."""
    joined: list[Segment] = []
    for span in sorted(heard, key=lambda span: span.start_ms):
        start = max(0, span.start_ms - BLEEP_MARGIN_MS)
        end = min(duration_ms, span.end_ms + BLEEP_MARGIN_MS)
        if end <= start:
            continue
        if joined and start - joined[-1].end_ms < _BLEEP_GAP_MS:
            joined[-1] = Segment(joined[-1].start_ms, max(joined[-1].end_ms, end))
        else:
            joined.append(Segment(start, end))
    return tuple(joined)


def dressed(samples: Samples, dressing: Dressing) -> Samples:
    """The sound of an excerpt: float32 of shape ``(n,)`` at 16 kHz, of ``samples`` ``(channels, n)``."""
    mix = _without(_mixed(samples, dressing.spoken), dressing.bleeps)
    mix = as_loud_as(TARGET_LUFS, mix, dressing.bleeps)
    _fade(mix, dressing.fade_in_ms, dressing.fade_out_ms)
    _add_bleeps(mix, dressing.bleeps)
    return mix


def _mixed(samples: Samples, spoken: Sequence[Sequence[Segment]]) -> Samples:
    import numpy as np

    if samples.shape[0] == 1:
        only: Samples = samples[0].copy()
        return only
    levels = [_level(channel, spans) for channel, spans in zip(samples, spoken, strict=True)]
    loudest = max(levels)
    mix = np.zeros(samples.shape[1], np.float32)
    for channel, level in zip(samples, levels, strict=True):
        lift_db = min(_MOST_BALANCE_DB, loudest - level) if math.isfinite(level) else 0.0
        mix += channel * np.float32(10 ** (lift_db / 20))
    return mix


def _level(channel: Samples, spoken: Sequence[Segment]) -> float:
    """How loud a party speaks, in LUFS; minus infinity for one who does not."""
    import numpy as np

    pieces = [channel[s.start_ms * _PER_MS : s.end_ms * _PER_MS] for s in spoken]
    return loudness(np.concatenate(pieces)) if pieces else -math.inf


def _without(mix: Samples, spans: Sequence[Segment]) -> Samples:
    """``mix`` with silence in ``spans``; it fades within ``_RAMP`` outside of them."""
    import numpy as np

    keep = np.ones(len(mix), np.float32)
    down = np.cos(np.linspace(0, np.pi / 2, _RAMP, dtype=np.float32))
    for span in spans:
        start, end = span.start_ms * _PER_MS, min(len(mix), span.end_ms * _PER_MS)
        keep[start:end] = 0.0
        before = keep[max(0, start - _RAMP) : start]
        before *= down[_RAMP - len(before) :]
        after = keep[end : end + _RAMP]
        after *= down[::-1][: len(after)]
    silenced: Samples = mix * keep
    return silenced


def _add_bleeps(mix: Samples, spans: Sequence[Segment]) -> None:
    import numpy as np

    for span in spans:
        start, end = span.start_ms * _PER_MS, min(len(mix), span.end_ms * _PER_MS)
        time = np.arange(end - start) / SAMPLE_RATE_HZ
        tone = _BLEEP_PEAK * np.sin(2 * np.pi * _BLEEP_HZ * time)
        edge = np.minimum(1.0, np.minimum(time, time[::-1]) * SAMPLE_RATE_HZ / _RAMP)
        mix[start:end] += (tone * edge).astype(np.float32)


def _fade(mix: Samples, in_ms: int, out_ms: int) -> None:
    """In place, a raised cosine at each end."""
    import numpy as np

    for length_ms, end in ((in_ms, mix), (out_ms, mix[::-1])):
        length = min(len(mix), length_ms * _PER_MS)
        end[:length] *= (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, length))).astype(np.float32)

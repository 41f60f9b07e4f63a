"""How loud a piece of sound is, and making it as loud as another.

Source: ITU-R BS.1770-4, annex 1 (K-weighting, gated blocks), which EBU R 128 builds on. The filters are
given there for 48 kHz; for other rates they are made from the analogue prototypes that De Man derived
("Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 145, 2018).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

#: Loud enough for the loudspeaker of a telephone or a classroom; broadcasts have -23 LUFS.
TARGET_LUFS = -18.0
#: No sample goes beyond; 1.5 dB are left for what MP3 and Opus add to peaks.
PEAK_CEILING = 10 ** (-1.5 / 20)
#: More would make hiss of a recording in which hardly anything is heard.
_MOST_GAIN_DB = 36.0
#: Peaks are turned down by so much at most: sound that is all peaks is left quieter rather than crushed.
_MOST_LIMITING_DB = 12.0
_BLOCK = SAMPLE_RATE_HZ * 400 // 1000
_STEP = _BLOCK // 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_LOOK_AHEAD = SAMPLE_RATE_HZ * 5 // 1000
_MOST_PASSES = 10
_NEAR_ENOUGH_LU = 0.1
_PER_MS = SAMPLE_RATE_HZ // 1000


def loudness(samples: Samples, left_out: Sequence[Segment] = ()) -> float:
    """Integrated loudness of one channel at 16 kHz in LUFS; minus infinity for silence.

    Blocks that ``left_out`` (milliseconds of ``samples``) touches do not count.
    """
    import numpy as np
    from scipy.signal import lfilter

    weighted = samples.astype(np.float64)
    for b, a in _k_weighting(SAMPLE_RATE_HZ):
        weighted = lfilter(b, a, weighted)
    power = np.concatenate([[0.0], np.cumsum(weighted**2)])
    starts = np.arange(0, max(1, len(samples) - _BLOCK + 1), _STEP)
    ends = np.minimum(starts + _BLOCK, len(samples))
    counts = np.ones(len(starts), bool)
    for span in left_out:
        counts &= (ends <= span.start_ms * _PER_MS) | (starts >= span.end_ms * _PER_MS)
    blocks = ((power[ends] - power[starts]) / np.maximum(1, ends - starts))[counts]
    heard = blocks[blocks > _power(_ABSOLUTE_GATE_LUFS)]
    if not len(heard):
        return -math.inf
    gate = heard.mean() * 10 ** (_RELATIVE_GATE_LU / 10)
    return _lufs(float(heard[heard > gate].mean()))


def as_loud_as(target_lufs: float, samples: Samples, left_out: Sequence[Segment] = ()) -> Samples:
    """``samples`` at ``target_lufs`` with no peak beyond ``PEAK_CEILING``; silence stays as it is."""
    import numpy as np

    made = samples
    gain_db = 0.0
    peak = float(np.abs(samples).max(initial=0.0)) or 1.0
    most_db = min(_MOST_GAIN_DB, 20 * math.log10(PEAK_CEILING / peak) + _MOST_LIMITING_DB)
    for _ in range(_MOST_PASSES):  # limiting takes loudness away, which the next pass gives back
        now = loudness(made, left_out)
        if not math.isfinite(now):
            return samples
        if abs(target_lufs - now) < _NEAR_ENOUGH_LU:
            break
        gain_db = min(most_db, gain_db + target_lufs - now)
        made = _limited((samples * 10 ** (gain_db / 20)).astype(np.float32))
    return made


def _limited(samples: Samples) -> Samples:
    """Peaks turned down smoothly, beginning ``_LOOK_AHEAD`` before them."""
    import numpy as np
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    gain = PEAK_CEILING / np.maximum(np.abs(samples), PEAK_CEILING)
    held = minimum_filter1d(gain, 2 * _LOOK_AHEAD + 1, mode="nearest")
    smooth = uniform_filter1d(held, _LOOK_AHEAD | 1, mode="nearest")
    made: Samples = np.clip(samples * smooth, -PEAK_CEILING, PEAK_CEILING).astype(np.float32)
    return made


def _k_weighting(rate_hz: int) -> tuple[tuple[list[float], list[float]], ...]:
    """The two filters of BS.1770: the head's shelf, and the high-pass (numerator, denominator)."""
    k, q = math.tan(math.pi * 1681.974450955533 / rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        [
            (high + band * k / q + k * k) / a0,
            2 * (k * k - high) / a0,
            (high - band * k / q + k * k) / a0,
        ],
        [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0],
    )
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    a0 = 1 + k / q + k * k
    high_pass = ([1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0])
    return shelf, high_pass


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))

"""How loud and how fast somebody speaks, from the sound alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.speech.crosstalk import FRAME_MS, frame_levels_db
from audit.speech.timeline import union
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Frames this far below loud speech are its pauses (ITU-T P.56 counts speech as active down to
#: 15.9 dB below its level; loud frames stand some 9 dB above that level).
_ACTIVE_RANGE_DB = 25.0
#: Less speech than this tells neither loudness nor rate.
_MIN_SPEECH_MS = 1000
#: Syllable nuclei are peaks of intensity with a dip of 2 dB before them: N. de Jong and T. Wempe,
#: "Praat script to detect syllable nuclei and measure speech rate automatically", Behavior Research
#: Methods 41 (2009). Here of the first formant's band, where vowels stand out of consonants.
_NUCLEUS_BAND_HZ = (250.0, 1100.0)
_MIN_DIP_DB = 2.0
_HOP_SAMPLES = SAMPLE_RATE_HZ // 100
_WINDOW_SAMPLES = 512
_SMOOTHING_HOPS = 7
_MIN_NUCLEUS_HOPS = 8
_BLOCK_HOPS = 6000


def speech_level_db(samples: NDArray[np.float32], speech: Sequence[Segment]) -> float | None:
    """Level of active speech in dB of full scale; ``None`` for less than a second of it.

    ``samples`` is float32, shape ``(n,)``, 16 kHz; ``speech`` are the stretches to look at.
    """
    import numpy as np

    # Block by block: an hour is 230 MB, and nothing of it needs to be copied.
    levels = [frame_levels_db(_part(samples, span)) for span in union(speech)]
    heard = np.concatenate(levels) if levels else np.zeros(0, np.float32)
    if len(heard) * FRAME_MS < _MIN_SPEECH_MS:
        return None
    active = heard[heard > np.percentile(heard, 95) - _ACTIVE_RANGE_DB]
    return round(float(10 * np.log10(np.mean(10 ** (active.astype(np.float64) / 10)))), 1)


def count_syllables(samples: NDArray[np.float32], speech: Sequence[Segment]) -> int:
    """Peaks of intensity that are vowels, in the stretches ``speech``; a measure of pace.

    Against the vowels that a synthesizer spoke it is off by some percent: compare it with itself.
    """
    import numpy as np
    from scipy.signal import find_peaks

    spans = union(speech)
    contours = [_vowel_level_db(_part(samples, span)) for span in spans]
    heard = np.concatenate(contours) if contours else np.zeros(0, np.float32)
    if not len(heard):
        return 0
    faintest = float(np.percentile(heard, 95)) - _ACTIVE_RANGE_DB
    return sum(
        len(
            find_peaks(
                contour, height=faintest, prominence=_MIN_DIP_DB, distance=_MIN_NUCLEUS_HOPS
            )[0]
        )
        for contour in contours
    )


def syllables_per_s(samples: NDArray[np.float32], speech: Sequence[Segment]) -> float | None:
    """Pace of articulation; ``None`` for less than a second of speech."""
    spoken_ms = sum(span.duration_ms for span in union(speech))
    if spoken_ms < _MIN_SPEECH_MS:
        return None
    return round(count_syllables(samples, speech) * 1000 / spoken_ms, 2)


def _part(samples: NDArray[np.float32], span: Segment) -> NDArray[np.float32]:
    per_ms = SAMPLE_RATE_HZ // 1000
    return samples[span.start_ms * per_ms : span.end_ms * per_ms]


def _vowel_level_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level in the band of vowels every 10 ms, smoothed; shape ``(hops,)``."""
    import numpy as np

    count = max(0, 1 + (len(samples) - _WINDOW_SAMPLES) // _HOP_SAMPLES)
    frequency = np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    band = (frequency >= _NUCLEUS_BAND_HZ[0]) & (frequency <= _NUCLEUS_BAND_HZ[1])
    window = np.hanning(_WINDOW_SAMPLES).astype(np.float32)
    power = np.zeros(count, dtype=np.float64)
    for first in range(0, count, _BLOCK_HOPS):
        last = min(first + _BLOCK_HOPS, count)
        part = samples[first * _HOP_SAMPLES : (last - 1) * _HOP_SAMPLES + _WINDOW_SAMPLES]
        frames = np.lib.stride_tricks.sliding_window_view(part, _WINDOW_SAMPLES)[::_HOP_SAMPLES]
        power[first:last] = (np.abs(np.fft.rfft(frames * window)[:, band]) ** 2).sum(axis=1)
    if count >= _SMOOTHING_HOPS:
        kernel = np.hanning(_SMOOTHING_HOPS + 2)[1:-1]
        power = np.convolve(power, kernel / kernel.sum(), mode="same")
    return np.asarray(10 * np.log10(power + 1e-10), dtype=np.float32)

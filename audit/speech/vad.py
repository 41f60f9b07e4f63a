"""Voice activity: which parts of a track hold speech.

The model is silero VAD v6 (MIT; https://github.com/snakers4/silero-vad), the ONNX file that
faster-whisper carries, run by onnxruntime: no torch and no download. It hears 32 ms frames in order
and keeps a recurrent state between them, so a recording of any length is read in bounded blocks.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Frame of the model: 512 samples at 16 kHz.
FRAME_SAMPLES = 512
FRAME_MS = FRAME_SAMPLES * 1000 // SAMPLE_RATE_HZ
#: Samples of the frame before that the model hears together with each frame.
_CONTEXT_SAMPLES = 64
_STATE_SIZE = 128
#: Speech, once begun, goes on until the probability falls this far below the threshold (silero's
#: own hysteresis): without it a syllable with a weak vowel is cut in two.
_HYSTERESIS = 0.15
#: Frames that go through the network together (64 s of sound, about 100 MB at its peak).
_BLOCK_FRAMES = 2000
#: Two seconds and more in which no frame rises this far above the noise of the line are not
#: listened to: the gate of two channels (``crosstalk``) would let no voice pass there.
_ABOVE_NOISE_DB = 6.0
_MIN_STILL_FRAMES = 2000 // FRAME_MS
#: Where a track has no pauses its quietest tenth is no noise: a voice so far below the loudest
#: moments is still listened to.
_QUIETEST_VOICE_DB = -35.0
#: What is heard of a still stretch at either end, for the network to settle in.
_MARGIN_FRAMES = 500 // FRAME_MS
#: Digital silence counts as this level, in dB of full scale.
_FLOOR_DB = -90.0


@dataclass(frozen=True, slots=True)
class VadOptions:
    """When a stretch counts as speech.

    ``threshold`` in ``(0, 1)`` is on the frame probability. silero's own 0.5 loses words on the
    telephone band: of a real call's speech 0.5 finds 86-94 % and 0.3 93-97 %, of a synthesized one's
    34 and 97 %; music, ringing and noise stay below 0.3, music at low level does not stay below 0.2.
    Speech shorter than ``min_speech_ms`` is dropped, pauses shorter than ``min_silence_ms`` are
    bridged (300 ms separates turns; silero's own 2000 ms makes one segment of a call), and what is
    left is widened by ``pad_ms`` on each side.
    """

    threshold: float = 0.3
    min_speech_ms: int = 100
    min_silence_ms: int = 300
    pad_ms: int = 100


def detect_speech(
    samples: NDArray[np.float32], options: VadOptions = VadOptions()
) -> tuple[Segment, ...]:
    """The speech of a track, in order, disjoint, within ``[0, duration)``.

    ``samples`` is float32, shape ``(n,)``, 16 kHz mono, in ``[-1, 1]``; may be empty.
    """
    probabilities = speech_probabilities(samples)
    duration_ms = len(samples) * 1000 // SAMPLE_RATE_HZ
    return speech_segments(probabilities, duration_ms, options)


def speech_probabilities(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of speech in each 32 ms frame: float32, shape ``(ceil(n / 512),)``.

    ``samples`` as for :func:`detect_speech`; the last frame is filled up with silence. Samples that
    are not finite (a damaged float file) are heard as silence. In long stretches of nothing but the
    noise of the line it is 0 without listening, so that time is spent on sound, not on silence.
    """
    import numpy as np

    if samples.ndim != 1:
        raise ValueError(f"samples must have shape (n,), not {samples.shape}")
    frames = _whole_frames(samples)
    probabilities = np.zeros(len(frames), dtype=np.float32)
    listen = _Listener()
    for first, last in _sounding(frames):
        for start in range(first, last, _BLOCK_FRAMES):
            block = frames[start : min(start + _BLOCK_FRAMES, last)]
            probabilities[start : start + len(block)] = listen(_finite(block))
    return probabilities


def speech_segments(
    probabilities: NDArray[np.float32], duration_ms: int, options: VadOptions = VadOptions()
) -> tuple[Segment, ...]:
    """Segments from frame probabilities, shape ``(n_frames,)``, of a track of ``duration_ms``."""
    spans = _bridged(_hysteresis_runs(probabilities, options.threshold), options.min_silence_ms)
    long_enough = [span for span in spans if span.duration_ms >= options.min_speech_ms]
    return _padded(long_enough, options.pad_ms, duration_ms)


class _Listener:
    """The network with what it remembers from block to block."""

    def __init__(self) -> None:
        import numpy as np

        self._session = _session()
        self._h = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)
        self._c = np.zeros((1, 1, _STATE_SIZE), dtype=np.float32)
        self._context = np.zeros((1, _CONTEXT_SAMPLES), dtype=np.float32)

    def __call__(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape ``(n,)``, of frames of shape ``(n, 512)`` that follow the last."""
        import numpy as np

        tails = block[:, -_CONTEXT_SAMPLES:]
        heard = np.concatenate([np.concatenate([self._context, tails[:-1]]), block], 1)
        output, self._h, self._c = self._session.run(
            None, {"input": heard, "h": self._h, "c": self._c}
        )
        self._context = tails[-1:]
        return np.asarray(output, dtype=np.float32).reshape(-1)


def _whole_frames(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``samples`` as ``(n_frames, 512)``, silence added at the end."""
    import numpy as np

    padding = -len(samples) % FRAME_SAMPLES
    samples = samples.astype(np.float32, copy=False)
    if padding:
        samples = np.pad(samples, (0, padding))
    return samples.reshape(-1, FRAME_SAMPLES)


def _finite(block: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    return np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)


def _sounding(frames: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Ranges ``[first, last)`` of frames outside long stretches that hold line noise alone."""
    import numpy as np

    levels = _levels_db(frames)
    above = levels > _noise_limit_db(levels)
    edges = np.flatnonzero(np.diff(np.concatenate([[1], above.astype(np.int8), [1]])))
    ranges, first = [], 0
    for still, until in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if until - still < _MIN_STILL_FRAMES:
            continue
        last = still + _MARGIN_FRAMES if still else 0
        if last > first:
            ranges.append((first, last))
        first = until - _MARGIN_FRAMES if until < len(frames) else until
    if first < len(frames):
        ranges.append((first, len(frames)))
    return ranges


def _levels_db(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level of each frame in dB of full scale, at least ``_FLOOR_DB``; shape ``(n_frames,)``."""
    import numpy as np

    with np.errstate(invalid="ignore", over="ignore"):
        power = np.einsum("ij,ij->i", frames, frames) / FRAME_SAMPLES
    # A frame with samples that are no numbers may hold sound beside them.
    power = np.where(np.isfinite(power), power, 1.0)
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (_FLOOR_DB / 10))), dtype=np.float32)


def _noise_limit_db(levels: NDArray[np.float32]) -> float:
    """What no frame of line noise exceeds: see ``_ABOVE_NOISE_DB``."""
    import numpy as np

    sounding = levels[levels > _FLOOR_DB]
    if not len(sounding):
        return _FLOOR_DB
    noise, loudest = np.percentile(sounding, [10, 99.9])
    return max(_FLOOR_DB, min(float(noise) + _ABOVE_NOISE_DB, float(loudest) + _QUIETEST_VOICE_DB))


def _hysteresis_runs(probabilities: NDArray[np.float32], threshold: float) -> list[Segment]:
    lower = max(threshold - _HYSTERESIS, 0.01)
    runs: list[Segment] = []
    start: int | None = None
    for index, probability in enumerate(probabilities.tolist()):
        if start is None and probability >= threshold:
            start = index
        elif start is not None and probability < lower:
            runs.append(Segment(start * FRAME_MS, index * FRAME_MS))
            start = None
    if start is not None:
        runs.append(Segment(start * FRAME_MS, len(probabilities) * FRAME_MS))
    return runs


def _bridged(spans: list[Segment], min_silence_ms: int) -> list[Segment]:
    bridged: list[Segment] = []
    for span in spans:
        if bridged and span.start_ms - bridged[-1].end_ms < min_silence_ms:
            bridged[-1] = Segment(bridged[-1].start_ms, span.end_ms)
        else:
            bridged.append(span)
    return bridged


def _padded(spans: list[Segment], pad_ms: int, duration_ms: int) -> tuple[Segment, ...]:
    """Spans widened on both sides; where two would meet, they share the pause between them."""
    padded: list[Segment] = []
    for index, span in enumerate(spans):
        before = spans[index - 1].end_ms if index else 0
        after = spans[index + 1].start_ms if index + 1 < len(spans) else duration_ms
        left = pad_ms if not index else min(pad_ms, (span.start_ms - before + 1) // 2)
        right = pad_ms if index + 1 == len(spans) else min(pad_ms, (after - span.end_ms) // 2)
        start_ms, end_ms = max(0, span.start_ms - left), min(duration_ms, span.end_ms + right)
        if start_ms < end_ms:
            padded.append(Segment(start_ms, end_ms))
    return tuple(padded)


@functools.lru_cache(maxsize=1)
def _session() -> Any:
    from faster_whisper.vad import get_vad_model

    return get_vad_model().session

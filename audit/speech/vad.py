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
    are not finite (a damaged float file) are heard as silence.
    """
    import numpy as np

    if samples.ndim != 1:
        raise ValueError(f"samples must have shape (n,), not {samples.shape}")
    session = _session()
    state = np.zeros((2, 1, 1, _STATE_SIZE), dtype=np.float32)
    context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
    probabilities: list[NDArray[np.float32]] = []
    for start in range(0, len(samples), _BLOCK_FRAMES * FRAME_SAMPLES):
        block = _whole_frames(samples[start : start + _BLOCK_FRAMES * FRAME_SAMPLES])
        tails = block[:, -_CONTEXT_SAMPLES:]
        contexts = np.concatenate([context[None], tails[:-1]])
        output, h, c = session.run(
            None, {"input": np.concatenate([contexts, block], 1), "h": state[0], "c": state[1]}
        )
        state, context = np.stack([h, c]), tails[-1]
        probabilities.append(np.asarray(output, dtype=np.float32).reshape(-1))
    return np.concatenate(probabilities) if probabilities else np.zeros(0, dtype=np.float32)


def speech_segments(
    probabilities: NDArray[np.float32], duration_ms: int, options: VadOptions = VadOptions()
) -> tuple[Segment, ...]:
    """Segments from frame probabilities, shape ``(n_frames,)``, of a track of ``duration_ms``."""
    spans = _bridged(_hysteresis_runs(probabilities, options.threshold), options.min_silence_ms)
    long_enough = [span for span in spans if span.duration_ms >= options.min_speech_ms]
    return _padded(long_enough, options.pad_ms, duration_ms)


def _whole_frames(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``samples`` as ``(n_frames, 512)``, silence added at the end, non-finite values zeroed."""
    import numpy as np

    padding = -len(samples) % FRAME_SAMPLES
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32, copy=False)
    return np.pad(finite, (0, padding)).reshape(-1, FRAME_SAMPLES)


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

"""The voice of one speaker as a vector, from the CAM++ network that tells speakers apart in mono."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError
from audit.speech.timeline import total_ms, union
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Speech is heard in pieces of 4 s, which tell a speaker as well as longer ones; a minute is enough.
_PIECE_MS = 4000
_MAX_PIECES = 15
_SHORTEST_MS = 1000
_TARGET_PEAK = 0.5
_PER_MS = SAMPLE_RATE_HZ // 1000


class VoiceEmbedder:
    """Makes voice vectors; the network is loaded when the first is wanted.

    ``find_weights`` gives the folder of ``campplus`` or raises ``ModelError``.
    """

    def __init__(self, find_weights: Callable[[str], Path]) -> None:
        self._find_weights = find_weights
        self._network: Any = None

    def embed(
        self, samples: NDArray[np.float32], speech: Sequence[Segment]
    ) -> tuple[float, ...] | None:
        """The mean direction of the voice in ``speech``: 192 numbers, length 1.

        ``samples`` is float32, shape ``(n,)``, 16 kHz. ``None`` without a second of speech in one piece.
        """
        import numpy as np
        import torch

        from audit.speech.diarizers.campplus import log_mel_filterbank

        network = self._loaded()
        pieces = _pieces(speech)
        total = np.zeros(0)
        for piece in pieces:
            part = samples[piece.start_ms * _PER_MS : piece.end_ms * _PER_MS]
            peak = float(np.percentile(np.abs(part), 99.9)) if len(part) else 0.0
            if peak <= 0:
                continue
            heard = torch.from_numpy(np.asarray(part * (_TARGET_PEAK / peak), dtype=np.float32))
            with torch.inference_mode():
                features = log_mel_filterbank(heard[None])
                vector = network(features - features.mean(dim=1, keepdim=True))[0].double().numpy()
            vector = vector / max(float(np.linalg.norm(vector)), 1e-9)
            total = vector if not len(total) else total + vector
        if not len(total):
            return None
        return tuple(float(value) for value in total / max(float(np.linalg.norm(total)), 1e-9))

    def _loaded(self) -> Any:
        if self._network is None:
            from audit.speech.diarizers.campplus import load_campplus

            folder = self._find_weights("campplus")
            files = sorted(folder.glob("*.pt")) if folder.is_dir() else [folder]
            if not files:
                raise ModelError(
                    f"{folder}: no *.pt file in it; run `tasleek models fetch campplus`"
                )
            self._network = load_campplus(files[0])
        return self._network


def mean_voice(voices: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The mean direction of voices of one speaker; empty for none."""
    total = [sum(values) for values in zip(*voices, strict=True)]
    length = math.sqrt(sum(value * value for value in total)) or 1.0
    return tuple(value / length for value in total)


def likeness(first: Sequence[float], second: Sequence[float]) -> float:
    """Cosine of two voices of length 1, in ``[-1, 1]``."""
    return sum(a * b for a, b in zip(first, second, strict=True))


def heard_ms(speech: Sequence[Segment]) -> int:
    """Milliseconds of ``speech`` that an embedding would be made of."""
    return total_ms(_pieces(speech))


def _pieces(speech: Sequence[Segment]) -> tuple[Segment, ...]:
    """Pieces of at most 4 s, spread over the whole of ``speech``."""
    whole = [
        Segment(start, min(start + _PIECE_MS, span.end_ms))
        for span in union(speech)
        for start in range(span.start_ms, span.end_ms, _PIECE_MS)
        if min(start + _PIECE_MS, span.end_ms) - start >= _SHORTEST_MS
    ]
    whole.sort(key=lambda piece: (-piece.duration_ms, piece.start_ms))
    longest = whole[: 2 * _MAX_PIECES]
    longest.sort(key=lambda piece: piece.start_ms)
    return tuple(longest[:: max(1, -(-len(longest) // _MAX_PIECES))])

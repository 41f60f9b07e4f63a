"""Packing the speech of a track into chunks that a recognizer hears at once, and back.

Whisper hears windows of 30 s and does worse, at the same cost, on a short stretch padded with
silence. So neighbouring speech is joined with the pause between it; a long pause (hold, the other
party's turn on a stereo call) is cut down to a short one. Nothing else of the silence is heard, and
every time in a chunk can be mapped back to the track.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.types import SAMPLE_RATE_HZ, Segment, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
#: Frame in which loudness is compared to find where long speech can be cut.
_QUIET_FRAME_MS = 20


@dataclass(frozen=True, slots=True)
class PackOptions:
    """How speech is packed.

    ``max_chunk_ms`` is the window of the recognizer. A pause longer than ``max_pause_ms`` keeps half
    of that on each side. A pause longer than ``break_pause_ms`` ends the chunk. ``margin_ms`` of the
    track is heard before and after a chunk.
    """

    max_chunk_ms: int = 29_000
    max_pause_ms: int = 500
    break_pause_ms: int = 3_600_000
    margin_ms: int = 200


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pieces of one track, in order and disjoint, that are heard one after another."""

    pieces: tuple[Segment, ...]

    @property
    def duration_ms(self) -> int:
        return sum(piece.duration_ms for piece in self.pieces)

    def cut_from(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The chunk's sound, float32, from the track's ``samples`` of shape ``(n,)`` at 16 kHz."""
        import numpy as np

        return np.concatenate(
            [
                samples[piece.start_ms * _SAMPLES_PER_MS : piece.end_ms * _SAMPLES_PER_MS]
                for piece in self.pieces
            ]
        )

    def span_in_track(self, start_ms: int, end_ms: int) -> Segment:
        """Where ``[start_ms, end_ms)`` of the chunk lies in the track.

        Both ends are mapped through the piece that holds the middle, so that a stretch over a joint
        does not stretch over the pause that was cut out there; the result lies in that piece.
        """
        ends: list[int] = []
        for piece in self.pieces:
            ends.append((ends[-1] if ends else 0) + piece.duration_ms)
        middle = (start_ms + end_ms) // 2
        index = min(bisect.bisect_right(ends, middle), len(ends) - 1)
        piece = self.pieces[index]
        shift = piece.end_ms - ends[index]
        return Segment(
            min(max(start_ms + shift, piece.start_ms), piece.end_ms),
            min(max(end_ms + shift, piece.start_ms), piece.end_ms),
        )


def pack_speech(
    samples: NDArray[np.float32],
    speech: Sequence[Segment],
    options: PackOptions = PackOptions(),
) -> tuple[Chunk, ...]:
    """Chunks of at most ``max_chunk_ms`` that together hold all of ``speech``.

    ``samples`` has shape ``(n,)``, 16 kHz; ``speech`` is in order and disjoint. Speech longer than a
    chunk is cut where it is quietest.
    """
    duration_ms = len(samples) // _SAMPLES_PER_MS
    room_ms = options.max_chunk_ms - 2 * options.margin_ms
    groups: list[list[Segment]] = []
    for span in _cut_long(samples, _within(speech, duration_ms), room_ms):
        joined = _joined(groups[-1], span, options.max_pause_ms) if groups else [span]
        pause_ms = span.start_ms - groups[-1][-1].end_ms if groups else 0
        too_long = sum(piece.duration_ms for piece in joined) > room_ms
        if not groups or too_long or pause_ms > options.break_pause_ms:
            groups.append([span])
        else:
            groups[-1] = joined
    edges = [0, *(edge for g in groups for edge in (g[0].start_ms, g[-1].end_ms)), duration_ms]
    return tuple(
        _with_margins(group, edges[2 * index], edges[2 * index + 3], options.margin_ms)
        for index, group in enumerate(groups)
    )


def place_words(words: Sequence[Word], speech: Sequence[Segment]) -> tuple[Word, ...]:
    """``words`` moved into ``speech``, in order of time.

    A word is cut to the span that it shares most time with; one that lies in a pause (alignment by
    attention is good to about 0.2 s) goes to the nearest edge of speech. Every word keeps at least
    one millisecond. Without speech there are no words.
    """
    spans = [span for span in speech if span.duration_ms > 0]
    if not spans:
        return ()
    placed = [_placed(word, spans) for word in words]
    return tuple(sorted(placed, key=lambda word: (word.start_ms, word.end_ms)))


def _placed(word: Word, spans: Sequence[Segment]) -> Word:
    own = Segment(word.start_ms, word.end_ms)
    home = max(spans, key=lambda span: (span.overlap_ms(own), -_distance_ms(span, own)))
    start_ms = min(max(word.start_ms, home.start_ms), home.end_ms - 1)
    end_ms = min(max(word.end_ms, start_ms + 1), home.end_ms)
    return Word(start_ms, end_ms, word.text, word.probability)


def _distance_ms(span: Segment, other: Segment) -> int:
    return max(0, span.start_ms - other.end_ms, other.start_ms - span.end_ms)


def _within(speech: Sequence[Segment], duration_ms: int) -> list[Segment]:
    cut = (Segment(max(0, s.start_ms), min(duration_ms, s.end_ms)) for s in speech)
    return [span for span in cut if span.duration_ms > 0]


def _joined(pieces: Sequence[Segment], span: Segment, max_pause_ms: int) -> list[Segment]:
    """``pieces`` and ``span`` with the pause between them, or with both its ends if it is long."""
    if not pieces:
        return [span]
    last = pieces[-1]
    if span.start_ms - last.end_ms <= max_pause_ms:
        return [*pieces[:-1], Segment(last.start_ms, span.end_ms)]
    kept = max_pause_ms // 2
    return [
        *pieces[:-1],
        Segment(last.start_ms, last.end_ms + kept),
        Segment(span.start_ms - kept, span.end_ms),
    ]


def _with_margins(
    pieces: Sequence[Segment], before_ms: int, after_ms: int, margin_ms: int
) -> Chunk:
    """The chunk widened into the pauses around it, at most to their middle.

    ``before_ms`` is where the speech before ends, ``after_ms`` where the speech after begins; nothing
    is heard in two chunks.
    """
    widened = list(pieces)
    start_ms = max(pieces[0].start_ms - margin_ms, (before_ms + pieces[0].start_ms + 1) // 2)
    end_ms = min(pieces[-1].end_ms + margin_ms, (pieces[-1].end_ms + after_ms) // 2)
    widened[0] = Segment(start_ms, widened[0].end_ms)
    widened[-1] = Segment(widened[-1].start_ms, end_ms)
    return Chunk(tuple(widened))


def _cut_long(
    samples: NDArray[np.float32], speech: Sequence[Segment], max_ms: int
) -> list[Segment]:
    spans: list[Segment] = []
    for span in speech:
        rest = span
        while rest.duration_ms > max_ms:
            cut_ms = _quietest_ms(samples, rest.start_ms + max_ms // 2, rest.start_ms + max_ms)
            spans.append(Segment(rest.start_ms, cut_ms))
            rest = Segment(cut_ms, rest.end_ms)
        spans.append(rest)
    return spans


def _quietest_ms(samples: NDArray[np.float32], start_ms: int, end_ms: int) -> int:
    """The middle of the quietest 60 ms in ``[start_ms, end_ms)`` of the track."""
    import numpy as np

    size = _QUIET_FRAME_MS * _SAMPLES_PER_MS
    part = samples[start_ms * _SAMPLES_PER_MS : end_ms * _SAMPLES_PER_MS]
    frames = part[: len(part) // size * size].reshape(-1, size)
    power = np.convolve(np.square(frames).mean(axis=1), np.ones(3), mode="same")
    inner = power[1:-1] if len(power) > 2 else power
    return start_ms + int(inner.argmin() + 1) * _QUIET_FRAME_MS + _QUIET_FRAME_MS // 2

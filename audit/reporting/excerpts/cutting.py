"""Where an excerpt begins and ends: between words, in a pause if one is near, where it is quietest.

The times of words alone do not do: recognizers let a word reach to the next one over a pause, and set a
boundary where there is none. So the gaps between words are compared by what is heard there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.types import SAMPLE_RATE_HZ, Segment, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

#: How far beyond the wished context a gap is looked for.
_REACH_MS = 7000
#: What is left out of the wished context counts more than what is heard beyond it.
_LEFT_OUT_WEIGHT = 1.5
#: A cut in the loud is as bad as one so far away; below the lower level (dB under speech) it is silence.
_LOUD_COST_MS = 6000
_SILENCE_DB, _LOUD_DB = -32.0, -14.0
#: A pause is worth going this much further for, for each of its milliseconds, up to a length.
_PAUSE_WORTH = 1.5
_LONGEST_WORTH_MS = 600
#: So much silence at most is left before the first word and after the last.
_MOST_SILENCE_MS = 600
#: A cut keeps so far from words where the gap is wide enough.
_GUARD_MS = 30
_FADE_IN_MS, _FADE_OUT_MS = 150, 300
_SHORTEST_FADE_MS = 5
#: Loudness is looked at in frames of 10 ms, five at a time.
_FRAME = SAMPLE_RATE_HZ // 100
_SMOOTHED_FRAMES = 5
_FRAME_MS = 10
#: Share of frames that are quieter than what counts as the level of speech.
_SPEECH_QUANTILE = 0.9
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Cut:
    """An excerpt ``[start_ms, end_ms)`` of a recording. The fades end before the first word, and begin
    after the last."""

    start_ms: int
    end_ms: int
    fade_in_ms: int
    fade_out_ms: int

    @property
    def span(self) -> Segment:
        return Segment(self.start_ms, self.end_ms)


def spoken_spans(utterances: Iterable[Utterance]) -> tuple[Segment, ...]:
    """When anybody says a word, as disjoint spans in order; a turn without words is one word."""
    spans = sorted(
        (word.start_ms, max(word.start_ms, word.end_ms))
        for turn in utterances
        for word in (turn.words or (turn,))
    )
    joined: list[Segment] = []
    for start, end in spans:
        if joined and start < joined[-1].end_ms:
            joined[-1] = Segment(joined[-1].start_ms, max(joined[-1].end_ms, end))
        elif end > start:
            joined.append(Segment(start, end))
    return tuple(joined)


class Cutter:
    """Cuts moments out of one recording. ``spoken`` are disjoint and in order (``spoken_spans``)."""

    def __init__(self, spoken: Sequence[Segment], context_ms: int, duration_ms: int) -> None:
        self._spoken = spoken
        self._context_ms = context_ms
        self._duration_ms = duration_ms
        self._gaps = _gaps(spoken, duration_ms)

    def window(self, moment: Segment) -> Segment:
        """What has to be heard to choose the cut: it begins and ends where no word is."""
        moment = self._inside(moment)
        start = max(0, moment.start_ms - self._context_ms - _REACH_MS)
        end = min(self._duration_ms, moment.end_ms + self._context_ms + _REACH_MS)
        # Where people speak without a gap for longer than that, the window reaches to the next one.
        first = max(gap.end_ms for gap in self._gaps if gap.start_ms <= moment.start_ms)
        last = min(gap.start_ms for gap in self._gaps if gap.end_ms >= moment.end_ms)
        return Segment(min(start, first), max(end, last))

    def cut(self, moment: Segment, window: Segment, sound: Samples) -> Cut:
        """The excerpt around ``moment``, with about the context on both sides and no word cut in two.

        ``sound`` is that of ``window``, of shape ``(channels, n)`` at 16 kHz.
        """
        moment = self._inside(moment)
        level = _Level(sound, window.start_ms)
        start = self._start(moment, window, level)
        end = max(start + 1, self._end(moment, window, level))
        first = next((span.start_ms for span in self._spoken if span.end_ms > start), end)
        last = next((s.end_ms for s in reversed(self._spoken) if s.start_ms < end), start)
        return Cut(
            start, end,
            max(_SHORTEST_FADE_MS, min(_FADE_IN_MS, first - start)),
            max(_SHORTEST_FADE_MS, min(_FADE_OUT_MS, end - last)),
        )  # fmt: skip

    def _start(self, moment: Segment, window: Segment, level: _Level) -> int:
        wish = moment.start_ms - self._context_ms
        best: tuple[float, int] | None = None
        for gap in self._gaps:
            first = min(gap.end_ms, moment.start_ms)
            if gap.start_ms > moment.start_ms or first < window.start_ms:
                continue
            place = Segment(max(gap.start_ms, first - _MOST_SILENCE_MS, window.start_ms), first)
            cost = _cost(gap, wish - first, gap.start_ms - wish)
            best = _better(best, cost, level, place)
        assert best is not None, "the window begins in a gap at the latest"
        return best[1]

    def _end(self, moment: Segment, window: Segment, level: _Level) -> int:
        wish = moment.end_ms + self._context_ms
        best: tuple[float, int] | None = None
        for gap in self._gaps:
            last = max(gap.start_ms, moment.end_ms)
            if gap.end_ms < moment.end_ms or last > window.end_ms:
                continue
            place = Segment(last, min(gap.end_ms, last + _MOST_SILENCE_MS, window.end_ms))
            cost = _cost(gap, last - wish, wish - gap.end_ms)
            best = _better(best, cost, level, place)
        assert best is not None, "the window ends in a gap at the latest"
        return best[1]

    def _inside(self, moment: Segment) -> Segment:
        start = max(0, min(moment.start_ms, self._duration_ms))
        return Segment(start, max(start, min(moment.end_ms, self._duration_ms)))


def _gaps(spoken: Sequence[Segment], duration_ms: int) -> list[Segment]:
    """Between the spoken spans, and the ends of the recording, which are gaps of no length at least."""
    inside = [span for span in spoken if span.start_ms < duration_ms]
    starts = [0, *(min(span.end_ms, duration_ms) for span in inside)]
    ends = [*(max(0, span.start_ms) for span in inside), duration_ms]
    return [Segment(start, max(start, end)) for start, end in zip(starts, ends, strict=True)]


def _cost(gap: Segment, beyond_ms: int, left_out_ms: int) -> float:
    """In milliseconds: how far the gap lies from the wished place, less what its length is worth."""
    away = max(beyond_ms, left_out_ms * _LEFT_OUT_WEIGHT, 0)
    return away - _PAUSE_WORTH * min(gap.duration_ms, _LONGEST_WORTH_MS)


def _better(
    best: tuple[float, int] | None, cost: float, level: _Level, place: Segment
) -> tuple[float, int]:
    """The cheaper one of ``best`` and the quietest point of ``place``, as cost and time."""
    if best is not None and cost >= best[0]:
        return best  # being loud only adds to it
    at, decibel = level.quietest(place)
    loud = (decibel - _SILENCE_DB) / (_LOUD_DB - _SILENCE_DB)
    found = (cost + _LOUD_COST_MS * min(1.0, max(0.0, loud)), at)
    return found if best is None else min(best, found)


class _Level:
    """How loud it is at a time, in dB against the level of speech of the whole sound."""

    def __init__(self, sound: Samples, origin_ms: int) -> None:
        import numpy as np

        power = (sound.astype(np.float32) ** 2).sum(axis=0)
        frames = np.pad(power, (0, -len(power) % _FRAME)).reshape(-1, _FRAME).mean(axis=1)
        if not len(frames):
            frames = np.zeros(1, np.float32)
        edge = _SMOOTHED_FRAMES // 2
        window = np.ones(_SMOOTHED_FRAMES) / _SMOOTHED_FRAMES
        smooth = np.convolve(np.pad(frames, edge, mode="edge"), window, "valid")
        speech = float(np.quantile(smooth, _SPEECH_QUANTILE))
        self._decibels = 10 * np.log10((smooth + _FLOOR) / (speech + _FLOOR))
        self._origin_ms = origin_ms

    def quietest(self, place: Segment) -> tuple[int, float]:
        """A time of ``place``, away from its ends if it is wide enough, and how loud it is there."""
        guard = min(_GUARD_MS, place.duration_ms // 2)
        start, end = place.start_ms + guard, place.end_ms - guard
        first = -(-(start - self._origin_ms) // _FRAME_MS)
        last = min(len(self._decibels), (end - self._origin_ms) // _FRAME_MS)
        if last <= first:
            at = (start + end) // 2
            frame = min(len(self._decibels) - 1, max(0, (at - self._origin_ms) // _FRAME_MS))
        else:
            frame = first + int(self._decibels[first:last].argmin())
            at = self._origin_ms + frame * _FRAME_MS + _FRAME_MS // 2
        return at, float(self._decibels[frame])

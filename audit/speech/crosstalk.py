"""What two channels of a recording say of each other: one party each, one signal twice, cross-talk.

All measures are of short-time levels, so that a slow laptop reads an hour in a second. A party's
voice that leaks into the other channel is told from a party speaking there by its level: it follows
the louder channel at a constant distance, and whoever really speaks stands above that distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audit.speech.timeline import union
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Levels are taken in frames of 20 ms, about one pitch period of a low voice or two of a high one.
FRAME_MS = 20
_FRAME_SAMPLES = FRAME_MS * SAMPLE_RATE_HZ // 1000
#: Digital silence counts as this level (below the noise of any telephone line).
FLOOR_DB = -90.0
#: A voice counts as real when it stands this far above what leaks from the other channel.
GATE_DB = 9.0
#: A voice must also stand this far above the noise of its own channel to pass the gate.
_ABOVE_NOISE_DB = 6.0
#: Sound that runs into voice activity is the voice: so far above the noise, for so long.
_AUDIBLE_DB = 15.0
_GROWTH_FRAMES = 300 // FRAME_MS
#: Voice activity in this share of the other party's loud speech means that the other is heard.
_HEARD_SHARE = 0.03
#: Cross-talk and line echo arrive late by up to 0.5 s, and smear over some frames.
_MAX_ECHO_FRAMES = 25
_SMEAR_FRAMES = 6
#: Two parties differ by at least this much between "mine" and "yours"; less is one signal twice.
_MIN_SEPARATION_DB = 8.0
#: Both sides of the level difference need this much sound (frames of 20 ms) to count as a party.
_MIN_PARTY_FRAMES = 10
#: Same signal twice: peak of the normalized cross-correlation of one-second windows.
_DUPLICATE_CORRELATION = 0.8
#: ... at one lag (within 2 ms) in this share of the windows, when one copy is late.
_SAME_LAG_SHARE = 0.7
_SAME_LAG_SAMPLES = SAMPLE_RATE_HZ // 500
_WINDOW_SAMPLES = SAMPLE_RATE_HZ
_MAX_WINDOWS = 60
_MAX_LAG_SAMPLES = SAMPLE_RATE_HZ // 5
#: Frames this far below a channel's loud speech carry no evidence of level.
_LOUD_RANGE_DB = 25.0
#: Within a word the voice falls under the other's leakage for a consonant or a short pause.
_BRIDGE_FRAMES = 15
#: Shorter than this it is a click, a breath, or a codec's burst.
_MIN_PART_FRAMES = 6
_MIN_FILL = 0.3
#: The gate opens late on soft onsets and closes early on fading vowels.
_EDGE_MS = 60

Layout = Literal["mono", "two-party", "duplicate", "one-sided", "silent"]


@dataclass(frozen=True, slots=True)
class Leakage:
    """How a party is heard in the other's channel: ``level_db`` to its own, ``delay_ms`` late."""

    level_db: float
    delay_ms: int


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """How a recording uses its channels.

    ``layout`` is ``mono`` (one channel), ``two-party`` (one party a channel), ``duplicate`` (the
    same signal in both), ``one-sided`` (only ``speaking_channel`` holds a voice of its own) or
    ``silent``.
    ``leakage`` is, per channel, how the other party is heard in it; ``None`` where it is not.
    ``reason`` is for people.
    """

    layout: Layout
    speaking_channel: int
    reason: str
    leakage: tuple[Leakage | None, ...] = ()


def frame_levels_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Root-mean-square level of each 20 ms frame in dB of full scale, at least ``FLOOR_DB``.

    ``samples`` is float32, shape ``(n,)``, 16 kHz; the result has shape ``(n // 320,)``.
    """
    import numpy as np

    count = len(samples) // _FRAME_SAMPLES
    frames = samples[: count * _FRAME_SAMPLES].reshape(count, _FRAME_SAMPLES)
    power = np.einsum("ij,ij->i", frames, frames) / _FRAME_SAMPLES
    levels = 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))
    return np.asarray(levels, dtype=np.float32)


def frame_mask(spans: tuple[Segment, ...], frames: int) -> NDArray[np.bool_]:
    """Which of ``frames`` frames of 20 ms lie within ``spans``: bool, shape ``(frames,)``."""
    import numpy as np

    mask = np.zeros(frames, dtype=np.bool_)
    for span in spans:
        mask[span.start_ms // FRAME_MS : -(-span.end_ms // FRAME_MS)] = True
    return mask


def analyse_channels(
    samples: NDArray[np.float32], speech: tuple[tuple[Segment, ...], ...]
) -> ChannelReport:
    """Find the layout of a recording of one or two channels.

    ``samples`` is float32, shape ``(channels, n)``; ``speech`` is each channel's voice activity.
    """
    heard = [channel for channel, spans in enumerate(speech) if spans]
    if not heard:
        return ChannelReport("silent", 0, "no speech in any channel")
    if len(speech) == 1:
        return ChannelReport("mono", 0, "one channel")
    if len(heard) == 1:
        return ChannelReport("one-sided", heard[0], f"only channel {heard[0]} holds speech")
    levels = [frame_levels_db(channel) for channel in samples]
    masks = [frame_mask(spans, len(levels[0])) for spans in speech]
    return _two_channel_report(samples, levels, masks)


def gate_crosstalk(
    samples: NDArray[np.float32],
    speech: tuple[tuple[Segment, ...], ...],
    report: ChannelReport,
) -> tuple[tuple[Segment, ...], ...]:
    """``speech`` of a two-party recording without what only leaks in from the other channel.

    In a channel without leakage nothing is lost: a quiet word during the other's loud speech stays.
    All edges grow to where the channel's sound begins and ends, by 0.3 s at most.
    """
    levels = [frame_levels_db(channel) for channel in samples]
    margin_db = min(GATE_DB, _separation_db(report) / 2)
    gated: list[tuple[Segment, ...]] = []
    for channel, spans in enumerate(speech):
        leakage = report.leakage[channel]
        audible = _audible(levels[channel], spans)
        if leakage is not None:
            real = _above_leakage(levels[channel], levels[1 - channel], leakage, margin_db)
            spans = tuple(part for span in spans for part in _real_parts(span, real))
            audible = audible & real
        gated.append(union(_grown(span, audible) for span in spans))
    return tuple(gated)


def _audible(own: NDArray[np.float32], spans: tuple[Segment, ...]) -> NDArray[np.bool_]:
    """Frames well above the channel's noise and within the range of its speech."""
    import numpy as np

    speech = frame_mask(spans, len(own))
    loud = float(np.percentile(own[speech], 95)) if speech.any() else 0.0
    floor = max(float(np.percentile(own, 10)) + _AUDIBLE_DB, loud - _LOUD_RANGE_DB)
    return np.asarray(own > floor, dtype=np.bool_)


def _grown(span: Segment, audible: NDArray[np.bool_]) -> Segment:
    """``span`` with the sound that runs on before and after it."""
    first, last = span.start_ms // FRAME_MS, -(-span.end_ms // FRAME_MS)
    before = after = 0
    while before < _GROWTH_FRAMES and first - before > 0 and audible[first - before - 1]:
        before += 1
    while after < _GROWTH_FRAMES and last + after < len(audible) and audible[last + after]:
        after += 1
    return Segment(
        span.start_ms - before * FRAME_MS if before else span.start_ms,
        max(span.end_ms, (last + after) * FRAME_MS) if after else span.end_ms,
    )


def _above_leakage(
    own: NDArray[np.float32], other: NDArray[np.float32], leakage: Leakage, margin_db: float
) -> NDArray[np.bool_]:
    """Frames in which a channel is louder than what leaks into it and than its own noise."""
    import numpy as np

    leaked = _echo_level(other, leakage.delay_ms // FRAME_MS) + leakage.level_db
    noise = float(np.percentile(own, 10))
    return np.asarray(own > np.maximum(leaked + margin_db, noise + _ABOVE_NOISE_DB), dtype=np.bool_)


def _separation_db(report: ChannelReport) -> float:
    """Distance between the level difference while one party speaks and while the other does."""
    known = [leakage.level_db for leakage in report.leakage if leakage is not None]
    return abs(sum(known)) if len(known) == 2 else 2 * GATE_DB


def _two_channel_report(
    samples: NDArray[np.float32],
    levels: list[NDArray[np.float32]],
    masks: list[NDArray[np.bool_]],
) -> ChannelReport:
    import numpy as np

    either = _loud(levels[0], masks[0]) | _loud(levels[1], masks[1])
    correlation, lag_frames = _correlation(samples, either)
    aligned = levels[0][either] - np.roll(levels[1], lag_frames)[either]
    low, high = _two_means(aligned)
    louder = int(np.median(aligned) < 0)
    upper = int((aligned > (low + high) / 2).sum())
    one_mode = (
        high - low < _MIN_SEPARATION_DB or min(upper, aligned.size - upper) < _MIN_PARTY_FRAMES
    )
    if one_mode and correlation >= _DUPLICATE_CORRELATION:
        reason = f"both channels carry one signal (correlation {correlation:.2f})"
        return ChannelReport("duplicate", louder, reason)
    if high - low < _MIN_SEPARATION_DB:
        return ChannelReport("one-sided", louder, "both channels rise and fall together")
    first_leads = levels[0] - levels[1] > (low + high) / 2
    leakage = (
        _leakage(levels[0], levels[1], masks, 1, ~first_leads),
        _leakage(levels[1], levels[0], masks, 0, first_leads),
    )
    return _sided_report(levels, masks, leakage)


def _sided_report(
    levels: list[NDArray[np.float32]],
    masks: list[NDArray[np.bool_]],
    leakage: tuple[Leakage | None, ...],
) -> ChannelReport:
    """Two-party, unless all that a channel holds is what leaks into it."""
    heard: list[str] = []
    for channel, leak in enumerate(leakage):
        if leak is None:
            continue
        own, other = levels[channel], levels[1 - channel]
        real = masks[channel] & _above_leakage(own, other, leak, GATE_DB)
        if int(real.sum()) < _MIN_PARTY_FRAMES:
            reason = f"channel {channel} only hears channel {1 - channel}"
            return ChannelReport("one-sided", 1 - channel, reason)
        heard.append(f"channel {channel} hears the other at {leak.level_db:.0f} dB")
    return ChannelReport("two-party", 0, "; ".join(["one party a channel", *heard]), leakage)


def _loud(level: NDArray[np.float32], speech: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Speech frames within ``_LOUD_RANGE_DB`` of the channel's loud speech."""
    import numpy as np

    reference = float(np.percentile(level[speech], 95)) if speech.any() else 0.0
    return np.asarray(speech & (level > reference - _LOUD_RANGE_DB), dtype=np.bool_)


def _two_means(values: NDArray[np.float32]) -> tuple[float, float]:
    """Centres of the lower and upper half of ``values`` (k-means, k = 2, ten rounds)."""
    import numpy as np

    low, high = (float(value) for value in np.percentile(values, (2, 98)))
    for _ in range(10):
        upper = values > (low + high) / 2
        if upper.all() or not upper.any():
            break
        low, high = float(values[~upper].mean()), float(values[upper].mean())
    return low, high


def _echo_level(level: NDArray[np.float32], delay_frames: int = 0) -> NDArray[np.float32]:
    """For each frame the loudest of those that an echo ``delay_frames`` late may come from."""
    import numpy as np

    lead = max(0, delay_frames - 1)
    padded = np.concatenate([np.full(lead + _SMEAR_FRAMES, FLOOR_DB, dtype=np.float32), level])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMEAR_FRAMES + 1)
    return np.asarray(windows.max(axis=1)[: len(level)], dtype=np.float32)


def _leakage(
    own: NDArray[np.float32],
    other: NDArray[np.float32],
    masks: list[NDArray[np.bool_]],
    other_channel: int,
    other_leads: NDArray[np.bool_],
) -> Leakage | None:
    """How ``other`` is heard in ``own``; ``None`` when voice activity does not find it there."""
    import numpy as np

    during = _loud(other, masks[other_channel]) & other_leads
    frames = int(during.sum())
    if frames < _MIN_PARTY_FRAMES:
        return None
    delay = _delay_frames(own, other, during)
    heard = masks[1 - other_channel] & np.roll(during, delay)
    if int(heard.sum()) < _HEARD_SHARE * frames:
        return None
    distance = own[during] - _echo_level(other, delay)[during]
    return Leakage(float(np.median(distance)), delay * FRAME_MS)


def _delay_frames(
    own: NDArray[np.float32], other: NDArray[np.float32], during: NDArray[np.bool_]
) -> int:
    """The delay at which the level of ``own`` follows that of ``other`` best."""
    import numpy as np

    best, best_delay = 0.3, 0
    for delay in range(_MAX_ECHO_FRAMES + 1):
        here, there = own[during], np.roll(other, delay)[during]
        if min(float(here.std()), float(there.std())) < 0.1:
            continue
        follows = float(np.corrcoef(here, there)[0, 1])
        if follows > best:
            best, best_delay = follows, delay
    return best_delay


def _correlation(samples: NDArray[np.float32], speech: NDArray[np.bool_]) -> tuple[float, int]:
    """Median peak of the cross-correlation of both channels over one-second windows with speech.

    Also the lag of the second channel in frames where it is the same in most windows, else 0.
    """
    import numpy as np

    frames = _WINDOW_SAMPLES // _FRAME_SAMPLES
    windows = [
        w for w in range(len(speech) // frames) if speech[w * frames : (w + 1) * frames].any()
    ]
    chosen = windows[:: max(1, len(windows) // _MAX_WINDOWS)]
    if not chosen:
        return 0.0, 0
    peaks, lags = zip(
        *(_peak_correlation(samples, window * _WINDOW_SAMPLES) for window in chosen), strict=True
    )
    lag = float(np.median(lags))
    same = np.abs(np.asarray(lags) - lag) <= _SAME_LAG_SAMPLES
    steady = float(same.mean()) >= _SAME_LAG_SHARE
    return float(np.median(peaks)), round(lag / _FRAME_SAMPLES) if steady else 0


def _peak_correlation(samples: NDArray[np.float32], start: int) -> tuple[float, int]:
    """Peak of the normalized cross-correlation of one window, and its lag in samples."""
    import numpy as np

    first, second = samples[:, start : start + _WINDOW_SAMPLES].astype(np.float64)
    energy = float(np.sqrt((first @ first) * (second @ second)))
    if energy <= 0:
        return 0.0, 0
    size = 2 * _WINDOW_SAMPLES
    product = np.fft.irfft(np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size)), size)
    lags = np.arange(-_MAX_LAG_SAMPLES, _MAX_LAG_SAMPLES)
    near = np.abs(product[lags])
    best = int(near.argmax())
    return float(near[best] / energy), int(lags[best])


def _real_parts(span: Segment, real: NDArray[np.bool_]) -> tuple[Segment, ...]:
    """Parts of ``span`` in which most frames are real; pauses up to 300 ms inside stay whole."""
    import numpy as np

    first, last = span.start_ms // FRAME_MS, min(-(-span.end_ms // FRAME_MS), len(real))
    hits = np.flatnonzero(real[first:last]) + first
    parts: list[Segment] = []
    if not len(hits):
        return ()
    for run in np.split(hits, np.flatnonzero(np.diff(hits) > _BRIDGE_FRAMES) + 1):
        width = int(run[-1] - run[0]) + 1
        if width >= _MIN_PART_FRAMES and len(run) >= _MIN_FILL * width:
            start_ms, end_ms = int(run[0]) * FRAME_MS, (int(run[-1]) + 1) * FRAME_MS
            parts.append(
                Segment(
                    max(span.start_ms, start_ms - _EDGE_MS), min(span.end_ms, end_ms + _EDGE_MS)
                )
            )
    return tuple(parts)

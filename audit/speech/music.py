"""Hold music told from speech by its signal, with or without a singing voice in it.

Notes keep their pitch for a quarter of a second and longer while the harmonics of a speaking voice
glide all the time. The measure is the correlation of the spectrum, its slow shape taken off, with
itself 256 ms later: on telephone recordings 0.3-0.5 for speech, 0.4 for noise, 0.6-0.9 for music
(in two-second windows). Spectral steadiness is a known cue of speech and music: E. Scheirer and
M. Slaney, "Construction and evaluation of a robust multifeature speech/music discriminator",
ICASSP 1997.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from audit.speech.crosstalk import FRAME_MS, frame_levels_db
from audit.speech.timeline import union
from audit.types import SAMPLE_RATE_HZ, Segment, SpeakerTurn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FFT_SIZE = 2048
_HOP_SAMPLES = 512
_HOP_MS = _HOP_SAMPLES * 1000 // SAMPLE_RATE_HZ
_LAG_HOPS = 8
#: The part of the spectrum that a telephone carries.
_LOW_BIN, _HIGH_BIN = 200 * _FFT_SIZE // SAMPLE_RATE_HZ, 3600 * _FFT_SIZE // SAMPLE_RATE_HZ
_SHAPE_BINS = 41
_WINDOW_HOPS = 63
#: Music where nearly nothing sounds like a voice; and music whatever it sounds like.
_STEADY, _VERY_STEADY = 0.5, 0.76
_VOICE, _MAX_VOICE_SHARE = 0.1, 0.3
#: Nothing is music that is fainter than this, in dB of full scale and below the channel's loudest.
_FAINTEST_DB = -60.0
_FAINT_RANGE_DB = 35.0
_MIN_MUSIC_MS = 4000
#: A quiet bar, or singing and announcements over music that does not pause, are part of it.
_BRIDGE_MS, _BRIDGE_SOUNDING_MS = 3000, 30_000
#: The edges: music begins and ends where its level falls by this for this long.
_EDGE_DB = 22.0
_EDGE_FRAMES = 10
_MAX_GROWTH_FRAMES = 2000 // FRAME_MS
_BLOCK_HOPS = 2000
#: A speaker turn of which this share is music was music.
_MUSIC_SHARE = 0.6


def detect_music(samples: NDArray[np.float32], voice: NDArray[np.float32]) -> tuple[Segment, ...]:
    """Stretches of music of 4 s or more in one channel; a song's voice between is music too.

    ``samples`` is float32, shape ``(n,)``, 16 kHz; ``voice`` the speech probability of each of its
    32 ms frames, which tells a monotonous (or synthetic) voice from music.
    """
    import numpy as np

    steadiness = spectral_steadiness(samples)
    voice = voice[: len(steadiness)]
    steadiness = steadiness[: len(voice)]
    if len(steadiness) <= _WINDOW_HOPS:
        return ()
    levels = frame_levels_db(samples)
    faintest = max(_FAINTEST_DB, float(np.percentile(levels, 99)) - _FAINT_RANGE_DB)
    hops = np.minimum(np.arange(len(steadiness)) * _HOP_MS // FRAME_MS, len(levels) - 1)
    smooth = _running_median(steadiness, _WINDOW_HOPS)
    loud = _running_median(levels[hops], _WINDOW_HOPS) > faintest
    spoken = _running_mean((voice > _VOICE).astype(np.float32), _WINDOW_HOPS)
    musical = (smooth >= _VERY_STEADY) | ((smooth >= _STEADY) & (spoken < _MAX_VOICE_SHARE))
    cores = _joined(_runs(musical & loud), levels)
    return union(_with_edges(core, levels) for core in cores if core.duration_ms >= _MIN_MUSIC_MS)


def without_music(
    turns: Iterable[SpeakerTurn], music: tuple[Segment, ...]
) -> tuple[SpeakerTurn, ...]:
    """``turns`` without those that are mostly music: a song's voice is not a speaker."""
    return tuple(
        turn
        for turn in turns
        if sum(turn.segment.overlap_ms(span) for span in music)
        < _MUSIC_SHARE * turn.segment.duration_ms
    )


def spectral_steadiness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Correlation in ``[0, 1]`` of the spectrum's peaks with those 256 ms later, every 32 ms."""
    import numpy as np

    count = 1 + (len(samples) - _FFT_SIZE) // _HOP_SAMPLES if len(samples) >= _FFT_SIZE else 0
    values = np.zeros(max(0, count - _LAG_HOPS), dtype=np.float32)
    for first in range(0, len(values), _BLOCK_HOPS):
        last = min(first + _BLOCK_HOPS, len(values))
        peaks = _peaks(samples, first, last + _LAG_HOPS)
        now, later = peaks[:-_LAG_HOPS], peaks[_LAG_HOPS:]
        norm = np.sqrt((now**2).sum(axis=1) * (later**2).sum(axis=1))
        values[first:last] = (now * later).sum(axis=1) / np.maximum(norm, 1e-9)
    return values


def _peaks(samples: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
    """How far the log spectrum of hops ``[first, last)`` stands above its own slow shape."""
    import numpy as np

    part = samples[first * _HOP_SAMPLES : (last - 1) * _HOP_SAMPLES + _FFT_SIZE]
    frames = np.lib.stride_tricks.sliding_window_view(part, _FFT_SIZE)[::_HOP_SAMPLES]
    windowed = frames * np.hanning(_FFT_SIZE).astype(np.float32)
    power = np.abs(np.fft.rfft(windowed)[:, _LOW_BIN:_HIGH_BIN]) ** 2
    log_power = np.log10(power + 1e-10)
    half = _SHAPE_BINS // 2
    padded = np.pad(log_power, ((0, 0), (half + 1, half)), mode="edge").cumsum(axis=1)
    shape = (padded[:, _SHAPE_BINS:] - padded[:, :-_SHAPE_BINS]) / _SHAPE_BINS
    return np.asarray(np.maximum(log_power - shape, 0.0), dtype=np.float32)


def _running_median(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    import numpy as np

    padded = np.pad(values, width // 2, mode="edge")
    medians = np.empty_like(values)
    for first in range(0, len(values), _BLOCK_HOPS):
        part = padded[first : first + _BLOCK_HOPS + width - 1]
        windows = np.lib.stride_tricks.sliding_window_view(part, width)
        medians[first : first + _BLOCK_HOPS] = np.median(windows, axis=1)
    return medians


def _runs(mask: NDArray[np.bool_]) -> list[Segment]:
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    middle_ms = _FFT_SIZE * 500 // SAMPLE_RATE_HZ + _LAG_HOPS * _HOP_MS // 2
    return [
        Segment(int(start) * _HOP_MS + middle_ms, int(end) * _HOP_MS + middle_ms)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def _running_mean(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    import numpy as np

    return np.convolve(values, np.full(width, 1 / width), mode="same").astype(np.float32)


def _joined(cores: list[Segment], levels: NDArray[np.float32]) -> list[Segment]:
    """Cores with what lies between them where the music sounds on."""
    joined: list[Segment] = []
    for core in cores:
        if joined and _sounds_on(joined[-1], core, levels):
            joined[-1] = Segment(joined[-1].start_ms, core.end_ms)
        else:
            joined.append(core)
    return joined


def _sounds_on(before: Segment, after: Segment, levels: NDArray[np.float32]) -> bool:
    gap_ms = after.start_ms - before.end_ms
    if gap_ms > _BRIDGE_SOUNDING_MS:
        return False
    quiet = _quiet(before, levels)[before.end_ms // FRAME_MS : after.start_ms // FRAME_MS]
    return gap_ms <= _BRIDGE_MS or _first_silence(quiet) == len(quiet)


def _quiet(music: Segment, levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames are too quiet to belong to ``music``."""
    import numpy as np

    own = levels[music.start_ms // FRAME_MS : max(1, music.end_ms // FRAME_MS)]
    return np.asarray(levels < float(np.median(own)) - _EDGE_DB, dtype=np.bool_)


def _with_edges(core: Segment, levels: NDArray[np.float32]) -> Segment:
    """``core`` grown or shrunk to where the sound really begins and ends."""
    first, last = core.start_ms // FRAME_MS, min(core.end_ms // FRAME_MS, len(levels))
    quiet = _quiet(core, levels)
    inward = min((last - first) // 2, 1500 // FRAME_MS)
    start = _first_silence(quiet[max(0, first - _MAX_GROWTH_FRAMES) : first + inward][::-1])
    end = _first_silence(quiet[last - inward : last + _MAX_GROWTH_FRAMES])
    return Segment((first + inward - start) * FRAME_MS, (last - inward + end) * FRAME_MS)


def _first_silence(quiet: NDArray[np.bool_]) -> int:
    """Frames before the first ``_EDGE_FRAMES`` quiet ones in a row; all without such."""
    import numpy as np

    if len(quiet) < _EDGE_FRAMES:
        return len(quiet)
    windows = np.lib.stride_tricks.sliding_window_view(quiet, _EDGE_FRAMES).all(axis=1)
    hits = np.flatnonzero(windows)
    return int(hits[0]) if len(hits) else len(quiet)

"""Stretches of a recording, without decoding what lies before them where the format allows that.

The times of a database count samples of the decoded sound. Only formats whose own clock counts samples
too are sought in, and only where their length by that clock is the length that was decoded: otherwise
(MP3, AMR, GSM, a recording with gaps) a place found by the clock could be another than the one that was
heard. Those are decoded from their beginning, and nothing of what goes by is kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AudioError
from audit.ingest.audio import DEMUXERS, make_finite
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_COUNTED = frozenset(["wav", "w64", "aiff", "au", "flac", "ogg", "mov", "mp4", "m4a"])
#: By so much the two lengths may differ: priming and padding of encoders.
_LENGTH_TOLERANCE_MS = 60
#: Decoded before a span and dropped: Opus needs 80 ms (RFC 7845, 4.6), AAC two frames.
_RUN_UP_MS = 400


def decode_spans(
    source: Path | bytes, name: str, spans: Sequence[Segment], duration_ms: int
) -> tuple[Samples, ...]:
    """The sound of ``spans``, each float32 of shape ``(channels, n)`` at 16 kHz, in ``[-1, 1]``.

    ``duration_ms`` is that of the whole decoded recording. ``n`` is that of the span; what the recording
    lacks at its end is silence. Raises ``AudioError``.
    """
    import av

    handle: Any = str(source) if isinstance(source, Path) else io.BytesIO(source)
    options = {"format_whitelist": ",".join(DEMUXERS), "protocol_whitelist": "file"}
    av.logging.set_level(av.logging.PANIC)
    try:
        with av.open(handle, options=options, metadata_errors="replace") as container:
            stream = container.streams.audio[0]
            first = next(_frames(container, stream), None)
            if first is None:
                raise AudioError(f"{name} holds no sound any more. Export the recording again")
            if _counts_samples(container, stream, duration_ms) and first.pts is not None:
                origin = first.pts * first.time_base
                found = [_sought(container, stream, span, origin) for span in spans]
                if all(sound is not None for sound in found):
                    return tuple(sound for sound in found if sound is not None)
            container.seek(0)
            stream.codec_context.flush_buffers()
        with av.open(handle, options=options, metadata_errors="replace") as container:
            return _passing_by(container, container.streams.audio[0], spans)
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise AudioError(f"{name} cannot be decoded any more ({error}). Export it again") from error


def _counts_samples(container: Any, stream: Any, duration_ms: int) -> bool:
    if not _COUNTED.intersection(container.format.name.split(",")) or stream.duration is None:
        return False
    declared_ms = float(stream.duration * stream.time_base) * 1000
    return abs(declared_ms - duration_ms) <= _LENGTH_TOLERANCE_MS


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Frames in order; packets that cannot be decoded are left out, as they were when it was audited."""
    import av

    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _sought(container: Any, stream: Any, span: Segment, origin: Any) -> Samples | None:
    """The sound of ``span`` from near before it; ``None`` where the format did not go there."""
    import av

    run_up_ms = max(0, span.start_ms - _RUN_UP_MS)
    offset = int((run_up_ms / 1000 + float(origin)) / float(stream.time_base))
    container.seek(offset, stream=stream)
    resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE_HZ)
    catcher: _Catcher | None = None
    for frame in _frames(container, stream):
        if catcher is None:
            if frame.pts is None:
                return None
            began_ms = float(frame.pts * frame.time_base - origin) * 1000
            if began_ms > run_up_ms:
                return None
            catcher = _Catcher(span, len(frame.layout.channels), round(began_ms * _PER_MS))
        catcher.take(resampler.resample(frame))
        if catcher.full:
            break
    if catcher is None:
        return None
    catcher.take(resampler.resample(None))
    return catcher.sound()


def _passing_by(container: Any, stream: Any, spans: Sequence[Segment]) -> tuple[Samples, ...]:
    import av

    resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE_HZ)
    catchers = [_Catcher(span, stream.codec_context.channels, 0) for span in spans]
    for frame in _frames(container, stream):
        pieces = resampler.resample(frame)
        for catcher in catchers:
            catcher.take(pieces)
        if all(catcher.full for catcher in catchers):
            break
    last = resampler.resample(None)
    for catcher in catchers:
        catcher.take(last)
    return tuple(catcher.sound() for catcher in catchers)


_PER_MS = SAMPLE_RATE_HZ // 1000


class _Catcher:
    """Keeps, of sound that goes by from sample ``place`` on, what belongs to one span."""

    def __init__(self, span: Segment, channels: int, place: int) -> None:
        import numpy as np

        self._first = span.start_ms * _PER_MS
        self._last = span.end_ms * _PER_MS
        self._place = place
        self._kept: Samples = np.zeros((channels, self._last - self._first), np.float32)

    @property
    def full(self) -> bool:
        return self._place >= self._last

    def take(self, frames: Sequence[Any]) -> None:
        for frame in frames:
            piece = frame.to_ndarray()
            start, end = (
                max(self._first, self._place),
                min(self._last, self._place + piece.shape[1]),
            )
            if start < end:
                part = piece[:, start - self._place : end - self._place]
                self._kept[:, start - self._first : end - self._first] = part
            self._place += piece.shape[1]

    def sound(self) -> Samples:
        return make_finite(self._kept)

"""Probing and decoding of audio files with FFmpeg's libraries (PyAV), in this process.

Source of the formats: whatever FFmpeg decodes among ``DEMUXERS``; the list keeps playlists and other
containers that would open further files or addresses out.
"""

from __future__ import annotations

import errno
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AudioError, UnreadableError
from audit.ingest.riff import data_chunk
from audit.types import SAMPLE_RATE_HZ, AudioInfo, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: Takes a piece of sound: float32, shape ``(channels, n)``.
    PieceTaker = Callable[[NDArray[np.float32]], None]

#: What the system says when a file or its storage is gone, as against a file with a wrong content.
_GONE = frozenset(
    number
    for name in (
        "ENOENT", "EACCES", "EIO", "ESTALE", "ENODEV", "ENXIO", "ENOTCONN", "EHOSTDOWN",
        "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ETIMEDOUT", "EREMOTEIO",
    )
    if (number := getattr(errno, name, None)) is not None
)  # fmt: skip
#: FFmpeg demuxers that a recording may need.
DEMUXERS = (
    "wav", "w64", "aiff", "au", "mp3", "ogg", "flac", "mov", "matroska", "aac", "amr", "amrnb",
    "amrwb", "gsm", "asf", "caf",
)  # fmt: skip
#: Suffixes that are taken for recordings when a folder is searched.
SUFFIXES = frozenset(
    [
        ".wav",
        ".wave",
        ".mp3",
        ".ogg",
        ".oga",
        ".opus",
        ".flac",
        ".m4a",
        ".mp4",
        ".aac",
        ".amr",
        ".awb",
        ".3gp",
        ".gsm",
        ".w64",
        ".aiff",
        ".aif",
        ".au",
        ".webm",
        ".mka",
        ".wma",
        ".caf",
    ]
)
#: No telephone records slower. A header with one sample a second turns 14 kB into four hours of sound.
_SLOWEST_HZ = 4000
#: A decoded call shorter than its header promises by more than this share was cut off.
_MISSING_SHARE = 0.02
_MISSING_MS = 1000
#: Share of packets that may be damaged before the recording counts as damaged.
_DAMAGED_SHARE = 0.02


def probe(source: Path | bytes, name: str) -> AudioInfo:
    """What the container says; ``duration_ms`` is 0 where it does not tell.

    ``source`` is a file or its bytes; ``name`` is for messages. Raises ``AudioError``.
    """
    with _opened(source, name) as (container, stream):
        return _info(container, stream, 0)


def decode(source: Path | bytes, name: str, max_duration_min: int) -> Waveform:
    """The sound, resampled to 16 kHz, as float32 of shape ``(channels, n)``; 1 or 2 channels.

    Raises ``AudioError`` for what is not audio, is damaged, cut off, empty, has more than two
    channels, or is longer than ``max_duration_min`` minutes; ``UnreadableError`` when the file or its
    storage is gone.
    """
    buffers: list[_SampleBuffer] = []

    def start(channels: int, expected_ms: int) -> PieceTaker:
        buffers.append(_SampleBuffer(channels, expected_ms, name))
        return buffers[0].extend

    info = decode_in_pieces(source, name, max_duration_min, start)
    return Waveform(buffers[0].samples(), info)


def decode_in_pieces(
    source: Path | bytes, name: str, max_duration_min: int,
    start: Callable[[int, int], PieceTaker],
) -> AudioInfo:  # fmt: skip
    """Decode as ``decode`` does, but hand the sound on in pieces instead of holding all of it.

    ``start(channels, expected_ms)`` is called once; what it returns takes each piece, as float32 of
    shape ``(channels, n)``, which may hold anything a float can (``make_finite`` mends that). Raises
    what ``decode`` does, possibly when pieces have been taken already.
    """
    import av

    longest_ms = max_duration_min * 60_000
    _check_complete(source, name)
    with _opened(source, name) as (container, stream):
        declared_ms = _declared_ms(container, stream)
        if declared_ms > longest_ms:
            raise AudioError(_too_long(name, declared_ms, max_duration_min))
        _check_rate(stream.codec_context.sample_rate, name)
        channels = stream.codec_context.channels
        if channels > 2:
            raise AudioError(
                f"{name} has {channels} channels; tasleek takes mono and stereo. "
                "Export agent and caller to two channels"
            )
        resampler = av.AudioResampler(format="fltp", rate=SAMPLE_RATE_HZ)
        take = start(channels, declared_ms)
        taken = 0
        deadline = time.monotonic() + max(60.0, longest_ms / 1000)
        packets = damaged = 0
        for packet in container.demux(stream):
            packets += 1
            try:
                frames = packet.decode()
            except av.FFmpegError:
                damaged += 1
                continue
            for frame in frames:
                _check_rate(frame.sample_rate, name)
                taken += _hand_on(resampler.resample(frame), take)
            if time.monotonic() > deadline:
                raise AudioError(
                    f"{name} takes longer to decode than it may be long. Export it as wav"
                )
            if _ms(taken) > longest_ms:
                raise AudioError(_too_long(name, _ms(taken), max_duration_min))
        taken += _hand_on(resampler.resample(None), take)
        if damaged > max(2, packets * _DAMAGED_SHARE):
            raise AudioError(
                f"{name} is damaged: {damaged} of {packets} packets cannot be decoded. "
                "Export the recording again"
            )
        _check_length(name, _ms(taken), _exact_ms(container, stream))
        return _info(container, stream, _ms(taken))


def _hand_on(frames: list[Any], take: PieceTaker) -> int:
    """Give frames on; returns how many samples of each channel they had."""
    pieces = [frame.to_ndarray() for frame in frames]
    for piece in pieces:
        take(piece)
    return sum(piece.shape[1] for piece in pieces)


def _ms(samples: int) -> int:
    return samples * 1000 // SAMPLE_RATE_HZ


def make_finite(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """``samples``, in place, as the finite numbers within ``[-1, 1]`` that models and players expect."""
    import numpy as np

    np.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(samples, -1.0, 1.0, out=samples)


def _check_rate(rate_hz: int, name: str) -> None:
    if rate_hz < _SLOWEST_HZ:
        raise AudioError(
            f"{name} says that it has {rate_hz} samples a second, which no recording of a call has. "
            "Export it again"
        )


def _too_long(name: str, duration_ms: int, max_duration_min: int) -> str:
    return (
        f"{name} is {duration_ms / 3_600_000:.1f} hours long; the limit is {max_duration_min} "
        "minutes. Split it, or raise max_duration_min under [ingest] in tasleek.toml"
    )


def _check_complete(source: Path | bytes, name: str) -> None:
    try:
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
            chunk = data_chunk(file)
    except OSError:
        return  # opening it for decoding says what is wrong
    if chunk and chunk.missing_share > _MISSING_SHARE:
        raise AudioError(
            f"{name} is cut off: {chunk.missing_share:.0%} of the sound that its header promises is "
            "not there. Copy or export the recording again"
        )


def _check_length(name: str, decoded_ms: int, declared_ms: int) -> None:
    if decoded_ms == 0:
        raise AudioError(f"{name} holds no sound (its length is zero). Export the recording again")
    missing_ms = declared_ms - decoded_ms
    if missing_ms > _MISSING_MS and missing_ms > declared_ms * _MISSING_SHARE:
        raise AudioError(
            f"{name} is cut off: it says that it is {declared_ms / 1000:.0f} s long, but only "
            f"{decoded_ms / 1000:.0f} s are there. Copy or export the recording again"
        )


class _SampleBuffer:
    """Grows as pieces arrive; holds the call once, where a list of pieces would hold it twice."""

    def __init__(self, channels: int, expected_ms: int, name: str) -> None:
        import numpy as np

        capacity = (expected_ms + 1000) * SAMPLE_RATE_HZ // 1000
        self._data: NDArray[np.float32] = np.empty((channels, capacity), np.float32)
        self._length = 0
        self._name = name

    def extend(self, piece: NDArray[np.float32]) -> None:
        import numpy as np

        if piece.shape[0] != self._data.shape[0]:
            raise AudioError(f"{self._name} is damaged: its channels change in the middle")
        end = self._length + piece.shape[1]
        if end > self._data.shape[1]:
            grown = np.empty((self._data.shape[0], end + end // 2), np.float32)
            grown[:, : self._length] = self._data[:, : self._length]
            self._data = grown
        self._data[:, self._length : end] = piece
        self._length = end

    def samples(self) -> NDArray[np.float32]:
        return make_finite(self._data[:, : self._length])


@contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[tuple[Any, Any]]:
    import av

    av.logging.set_level(av.logging.PANIC)
    if isinstance(source, Path):
        _check_readable(source, name)
    elif not source:
        raise AudioError(f"{name} is empty (0 bytes). Export the recording again")
    options = {"format_whitelist": ",".join(DEMUXERS), "protocol_whitelist": "file"}
    handle: Any = str(source) if isinstance(source, Path) else io.BytesIO(source)
    try:
        with av.open(handle, options=options, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise AudioError(f"{name} holds no audio track. Give the recording of the call")
            stream = container.streams.audio[0]
            if stream.codec_context is None or not stream.codec_context.sample_rate:
                raise AudioError(f"{name} is of a codec that cannot be decoded. Export it as wav")
            yield container, stream
    except av.FFmpegError as error:
        if error.errno in _GONE:
            raise UnreadableError(_unreadable(name, error.strerror)) from error
        raise AudioError(
            f"{name} is not a readable audio recording, whatever its name says ({error.strerror}). "
            "Open it in a player; if it does not play, export it again"
        ) from error
    except (ValueError, MemoryError, OverflowError) as error:
        raise AudioError(f"{name} is damaged ({error}). Export the recording again") from error


def _check_readable(path: Path, name: str) -> None:
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioError(f"{name} is empty (0 bytes). Export the recording again")
    except OSError as error:
        raise UnreadableError(_unreadable(name, error.strerror)) from error


def _unreadable(name: str, why: str | None) -> str:
    return f"{name} cannot be read ({why}). Check that it is there and that you may read it"


def _declared_ms(container: Any, stream: Any) -> int:
    """Length by the container, in milliseconds; 0 where it does not tell."""
    if stream.duration is not None and stream.time_base:
        return max(0, int(stream.duration * stream.time_base * 1000))
    return max(0, (container.duration or 0) // 1000)


def _exact_ms(container: Any, stream: Any) -> int:
    """Length by the container where it counts samples; elsewhere FFmpeg only estimates: 0."""
    counts_samples = container.format.name in ("wav", "w64", "flac", "aiff", "au") or (
        "mov" in container.format.name
    )
    return _declared_ms(container, stream) if counts_samples else 0


def _info(container: Any, stream: Any, decoded_ms: int) -> AudioInfo:
    context = stream.codec_context
    return AudioInfo(
        duration_ms=decoded_ms or _declared_ms(container, stream),
        channels=context.channels,
        sample_rate_hz=context.sample_rate,
        codec=context.name,
    )

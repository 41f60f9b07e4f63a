"""The sound of a call as browsers can play it, and its outline.

Browsers play mu-law, A-law, GSM or AMR badly or not at all. Every recording is decoded once to 16-bit
PCM in a file that has no name (nothing is left of it, however the program ends) and is served in pieces.
Where the reviewers are not to hear personal data, it is covered in that file, in both channels.
"""

from __future__ import annotations

import struct
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from audit.config import IngestConfig
from audit.errors import AudioError
from audit.ingest.audio import decode_in_pieces, make_finite
from audit.ingest.vcon import dialog_body, is_vcon, read_vcon
from audit.types import SAMPLE_RATE_HZ, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Time that one value of the outline stands for.
PEAK_STEP_MS = 20
#: Decoded calls that are kept; an hour of stereo takes 230 MB of disk.
_KEPT = 4
_HEADER_BYTES = 44
_BLEEP_HZ = 1000
_BLEEP_PEAK = 0.07
_STEP = PEAK_STEP_MS * SAMPLE_RATE_HZ // 1000
_VCON_SUFFIXES = (".json", ".vcon")
#: Samples that are converted at once.
_BLOCK = _STEP * 3000


@dataclass(frozen=True)
class Sound:
    """A decoded call. ``peaks`` has one byte a step for the first channel, then for the second.

    A byte is the largest amplitude of the step, 0..255, against the loudest of the call.
    """

    channels: int
    duration_ms: int
    size: int
    peaks: bytes
    _file: IO[bytes]
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def read(self, start: int, length: int) -> bytes:
        """Bytes of the WAV file from ``start`` on; fewer at its end."""
        with self._reading:
            self._file.seek(start)
            return self._file.read(length)


class Playback:
    """Decodes calls on demand, one at a time, and keeps the last few.

    ``covered`` tells, for a call, when nothing of its sound is to be heard.
    """

    def __init__(
        self, database: Path, config: IngestConfig,
        covered: Callable[[str], Sequence[Segment]] | None = None,
    ) -> None:  # fmt: skip
        self._folder = database.parent
        self._config = config
        self._covered = covered
        self._looking = threading.Lock()
        self._decoding = threading.Lock()
        self._kept: OrderedDict[str, Sound] = OrderedDict()

    def sound(self, call_id: str, locate: Callable[[], tuple[str, str | None]]) -> Sound:
        """The sound of a call; ``locate`` tells its path and hash. Raises ``AudioError``."""
        if (kept := self._look(call_id)) is not None:
            return kept
        with self._decoding:
            if (kept := self._look(call_id)) is not None:
                return kept  # somebody else asked for it meanwhile
            path, sha256 = locate()
            source = self._source(path, sha256)
            covered = self._covered(call_id) if self._covered else ()
            sound = _stored(source, path, self._config.max_duration_min, covered)
            with self._looking:
                self._kept[call_id] = sound
                # Who still reads what is dropped here holds it; its file goes with the last of them.
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return sound

    def _look(self, call_id: str) -> Sound | None:
        with self._looking:
            if call_id in self._kept:
                self._kept.move_to_end(call_id)
            return self._kept.get(call_id)

    def _source(self, path: str, sha256: str | None) -> Path | bytes:
        file = next((p for p in (Path(path), self._folder / path) if p.is_file()), None)
        if file is None:
            raise AudioError(
                f"{path} is not there any more. Start `tasleek review` in the folder from which the "
                "calls were audited, or put the recording back"
            )
        if file.suffix.lower() not in _VCON_SUFFIXES or not is_vcon(file):
            return file
        for dialog in read_vcon(file, self._config):
            if dialog.sha256 is not None and dialog.sha256 == sha256:
                return dialog_body(file, dialog.index)
        raise AudioError(f"{path} does not hold the recording any more that was audited")


def _stored(
    source: Path | bytes, name: str, max_duration_min: int, covered: Sequence[Segment]
) -> Sound:
    writers: list[_PcmWriter] = []

    def start(channels: int, expected_ms: int) -> Callable[[NDArray[np.float32]], None]:
        writers.append(_PcmWriter(channels, name, covered))
        return writers[0].take

    info = decode_in_pieces(source, name, max_duration_min, start)
    return writers[0].finish(info.duration_ms)


class _PcmWriter:
    """Writes pieces of sound to a nameless file as they come, and keeps their outline."""

    def __init__(self, channels: int, name: str, covered: Sequence[Segment] = ()) -> None:
        self._channels = channels
        self._covered = covered
        self._name = name
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the Sound of it
        self._file.write(wav_header(channels, 0))
        self._data_bytes = 0
        self._waiting: list[NDArray[np.float32]] = []
        self._waiting_samples = 0
        self._outline: list[NDArray[np.float32]] = []

    def take(self, piece: NDArray[np.float32]) -> None:
        if piece.shape[0] != self._channels:
            raise AudioError(f"{self._name} is damaged: its channels change in the middle")
        self._waiting.append(piece)
        self._waiting_samples += piece.shape[1]
        while self._waiting_samples >= _BLOCK:
            self._write(_BLOCK)

    def _write(self, most: int) -> None:
        """Write what waits, ``most`` samples of it; so blocks end where a step of the outline does."""
        import numpy as np

        block = make_finite(np.concatenate(self._waiting, axis=1))
        self._waiting = [block[:, most:]]
        self._waiting_samples = max(0, block.shape[1] - most)
        block = block[:, :most]
        _cover(block, self._data_bytes // (2 * self._channels), self._covered)
        self._data_bytes += self._file.write((block.T * 32767).astype("<i2").tobytes())
        self._outline.append(_outline(block))

    def finish(self, duration_ms: int) -> Sound:
        if self._waiting_samples:
            self._write(self._waiting_samples)
        self._file.seek(0)
        self._file.write(wav_header(self._channels, self._data_bytes))
        self._file.flush()
        return Sound(
            channels=self._channels,
            duration_ms=duration_ms,
            size=_HEADER_BYTES + self._data_bytes,
            peaks=_peak_bytes(self._outline),
            _file=self._file,
        )


def wav_header(channels: int, data_bytes: int) -> bytes:
    """A RIFF header for 16-bit PCM at 16 kHz (Microsoft, RIFF WAVE, format tag 1)."""
    frame = channels * 2
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, 1, channels, SAMPLE_RATE_HZ,
        SAMPLE_RATE_HZ * frame, frame, 16, b"data", data_bytes,
    )  # fmt: skip


def _cover(block: NDArray[np.float32], first: int, spans: Sequence[Segment]) -> None:
    """Put a tone into all channels in ``spans``, in place; ``first`` is the block's first sample."""
    import numpy as np

    for span in spans:
        start = max(0, span.start_ms * SAMPLE_RATE_HZ // 1000 - first)
        end = min(block.shape[1], span.end_ms * SAMPLE_RATE_HZ // 1000 - first)
        if start < end:
            time = np.arange(first + start, first + end) / SAMPLE_RATE_HZ
            block[:, start:end] = _BLEEP_PEAK * np.sin(2 * np.pi * _BLEEP_HZ * time)


def _outline(block: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    missing = -block.shape[1] % _STEP
    padded = np.pad(np.abs(block), ((0, 0), (0, missing)))
    found: NDArray[np.float32] = padded.reshape(block.shape[0], -1, _STEP).max(axis=2)
    return found


def _peak_bytes(outline: list[NDArray[np.float32]]) -> bytes:
    import numpy as np

    peaks = np.concatenate(outline, axis=1)
    loudest = float(peaks.max()) or 1.0
    return np.round(peaks * (255.0 / loudest)).astype(np.uint8).tobytes()

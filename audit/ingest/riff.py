"""What a RIFF/WAVE header promises, to tell a recording that was cut off.

FFmpeg shortens the promise to what the file holds, so it cannot tell. Source: Microsoft/IBM,
Multimedia Programming Interface and Data Specifications 1.0 (1991), chapter 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

#: Sizes that recorders write before they know better, and leave when they stream.
_UNKNOWN_SIZES = (0, 0x7FFFFFFF, 0xFFFFFFFF)
_MOST_CHUNKS = 100


@dataclass(frozen=True, slots=True)
class DataChunk:
    """Bytes of sound that the header promises, and that the file holds."""

    promised: int
    present: int

    @property
    def missing_share(self) -> float:
        """Share of the promised bytes that is not there, in ``[0, 1]``."""
        return max(0, self.promised - self.present) / self.promised if self.promised else 0.0


def data_chunk(file: BinaryIO) -> DataChunk | None:
    """The ``data`` chunk of a WAVE file; ``None`` for another format or an unfinished header."""
    size = file.seek(0, 2)
    file.seek(0)
    header = file.read(12)
    if len(header) < 12 or header[:4] != b"RIFF" or header[8:] != b"WAVE":
        return None
    for _ in range(_MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            return None
        name, length = struct.unpack("<4sI", chunk)
        if name == b"data":
            present = size - file.tell()
            return None if length in _UNKNOWN_SIZES else DataChunk(length, min(length, present))
        file.seek(length + length % 2, 1)
    return None

"""Reader of CTranslate2's ``model.bin`` (binary version 6), to convert its weights.

Layout after https://github.com/OpenNMT/CTranslate2 (``python/ctranslate2/specs/model_spec.py``):
little-endian; strings with a 16-bit length that counts a final NUL; variables with name, rank,
dimensions, type, byte count and values; then aliases.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VERSION = 6
_TYPES = ("float32", "int8", "int16", "int32", "float16")
_MAX_RANK = 4


def read_ct2(path: Path) -> Mapping[str, NDArray[Any]]:
    """The variables of a model by name; aliases are left out.

    Raises ``ModelError`` for a file that is not such a model or breaks off.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error}); run `tasleek models fetch`") from error
    try:
        return _Reader(data).variables()
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path}: not a whole CTranslate2 model ({error}); "
            "run `tasleek models verify` and `tasleek models fetch`"
        ) from error


class _Reader:
    """Reads forward through ``data``; nothing is read beyond its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def variables(self) -> dict[str, NDArray[Any]]:
        version = self._number("I")
        if version != _VERSION:
            raise ValueError(f"binary version {version}, not {_VERSION}")
        self._string()  # name of the specification
        self._number("I")  # its revision
        found = dict(self._variable() for _ in range(self._number("I")))
        for _ in range(self._number("I")):
            self._string(), self._string()
        if self._position != len(self._data):
            raise ValueError(f"{len(self._data) - self._position} bytes too many at the end")
        return found

    def _variable(self) -> tuple[str, NDArray[Any]]:
        import numpy as np

        name = self._string()
        rank = self._number("B")
        if rank > _MAX_RANK:
            raise ValueError(f"variable of rank {rank}")
        shape = tuple(self._number("I") for _ in range(rank))
        kind = self._number("B")
        if kind >= len(_TYPES):
            raise ValueError(f"unknown number type {kind}")
        values = np.frombuffer(self._take(self._number("I")), dtype=np.dtype(_TYPES[kind]))
        return name, values.reshape(shape)

    def _string(self) -> str:
        return self._take(self._number("H")).rstrip(b"\0").decode()

    def _number(self, kind: str) -> int:
        size = struct.calcsize("<" + kind)
        return int(struct.unpack("<" + kind, self._take(size))[0])

    def _take(self, count: int) -> bytes:
        if self._position + count > len(self._data):
            raise ValueError(f"breaks off at byte {len(self._data)}")
        self._position += count
        return self._data[self._position - count : self._position]

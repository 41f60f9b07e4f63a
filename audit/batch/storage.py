"""Whether the recordings can still be reached: one file that is gone is a failed call, a share that is
gone is a reason to wait, and not ten thousand failed calls."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from audit.batch.interruption import StopRequest
from audit.types import Recording

_WITNESSES = 5
_RETRY_S = 0.5


def witnesses(recordings: Sequence[Recording]) -> tuple[Path, ...]:
    """A few files spread over ``recordings``; when none can be read, their storage is gone."""
    step = max(1, len(recordings) // _WITNESSES)
    return tuple(recording.path for recording in recordings[::step][:_WITNESSES])


def readable(path: Path) -> bool:
    """Whether the file can be opened and its first and last byte read."""
    try:
        with path.open("rb") as file:
            file.read(1)
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                file.read(1)
    except OSError:
        return False
    return True


def folder_gone(folder: Path) -> bool:
    """Whether a folder that held recordings cannot be listed, or is as empty as a mount point."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError:
        return True


def storage_gone(path: Path, seen: Sequence[Path]) -> bool:
    """Whether ``path``, which cannot be read, is unreadable because its storage is gone.

    ``seen`` are other files that were there when the run began.
    """
    if folder_gone(path.parent):
        return True
    others = [other for other in seen if other != path]
    return bool(others) and not any(readable(other) for other in others)


def wait_for(path: Path, patience_s: float, stop: StopRequest) -> bool:
    """Whether ``path`` can be read again within ``patience_s``."""
    deadline = time.monotonic() + patience_s
    while not readable(path):
        stop.check()
        if time.monotonic() >= deadline:
            return False
        time.sleep(_RETRY_S)
    return True

"""Recordings that arrive in a folder while it is watched: which of them are complete.

The folder is listed again and again, since network shares tell nobody of changes. A file is complete
when its size and time of modification have stayed the same for a while, counted by this machine's own
clock: that of the share may be wrong.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.ingest.audio import SUFFIXES
from audit.ingest.vcon import is_vcon

#: Endings under which recorders, browsers and copying programs keep what is not complete yet.
TEMPORARY = frozenset(
    [".part", ".partial", ".filepart", ".tmp", ".temp", ".incomplete", ".crdownload", ".download"]
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What one look at the folders found.

    ``complete`` are recordings not named before, or changed since; ``settling`` counts those that are
    still being written, ``unreachable`` are folders that cannot be listed, with the reason.
    """

    complete: tuple[Path, ...]
    settling: int
    unreachable: tuple[tuple[Path, str], ...]


@dataclass(slots=True)
class _Seen:
    size_bytes: int
    modified_ns: int
    since: float
    told: bool = False


class Arrivals:
    """Remembers what was seen in ``folders``; ``settle_s`` is how long a file must stay the same."""

    def __init__(
        self, folders: Sequence[Path], settle_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folders = tuple(Path(os.path.realpath(folder)) for folder in folders)
        self._settle_s = settle_s
        self._clock = clock
        self._seen: dict[Path, _Seen] = {}
        #: Files under a temporary name, by device and inode: one of them may be renamed into place.
        self._temporary: set[tuple[int, int]] = set()

    def look(self) -> Arrived:
        """List the folders once more."""
        complete: list[Path] = []
        settling = 0
        unreachable: list[tuple[Path, str]] = []
        present: set[Path] = set()
        temporary: set[tuple[int, int]] = set()
        for folder in self._folders:
            for path, status in _files(folder, unreachable):
                if not _is_candidate(path):
                    if _is_temporary(path):
                        temporary.add((status.st_dev, status.st_ino))
                    continue
                present.add(path)
                seen = self._update(path, status)
                if seen.told:
                    continue
                if self._clock() - seen.since < self._settle_s:
                    settling += 1
                    continue
                seen.told = True
                if path.suffix.lower() != ".json" or is_vcon(path):
                    complete.append(path)
        self._temporary = temporary
        if not unreachable:
            self._seen = {path: seen for path, seen in self._seen.items() if path in present}
        return Arrived(tuple(complete), settling, tuple(unreachable))

    def look_again(self, path: Path) -> None:
        """Tell of ``path`` once more when it has stayed the same for a while."""
        self._seen.pop(path, None)

    def _update(self, path: Path, status: os.stat_result) -> _Seen:
        now = self._clock()
        seen = self._seen.get(path)
        if seen is None or (seen.size_bytes, seen.modified_ns) != (
            status.st_size,
            status.st_mtime_ns,
        ):
            seen = _Seen(status.st_size, status.st_mtime_ns, now)
            if self._was_renamed(status):
                seen.since = now - self._settle_s
            self._seen[path] = seen
        return seen

    def _was_renamed(self, status: os.stat_result) -> bool:
        # Writing sets both times alike; renaming sets that of the inode only. Without this, a new file
        # that got the inode of a deleted temporary one would be taken for complete.
        known = (status.st_dev, status.st_ino) in self._temporary
        return known and status.st_ctime_ns > status.st_mtime_ns


def _is_candidate(path: Path) -> bool:
    if path.name.startswith((".", "~")) or _is_temporary(path):
        return False
    return path.suffix.lower() in SUFFIXES or path.suffix.lower() in (".vcon", ".json")


def _is_temporary(path: Path) -> bool:
    """``call.wav.part``, ``call.part.wav``, ``.call.wav.Xy12`` (rsync)."""
    endings = {suffix.lower() for suffix in path.suffixes[-2:]}
    return path.name.startswith(".") or not TEMPORARY.isdisjoint(endings)


def _files(
    folder: Path, unreachable: list[tuple[Path, str]]
) -> Iterator[tuple[Path, os.stat_result]]:
    """Every file below ``folder`` with its ``stat``; folders that cannot be listed are noted."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        unreachable.append((folder, error.strerror or type(error).__name__))
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path), unreachable)
            elif entry.is_file():
                yield Path(entry.path), entry.stat()
        except FileNotFoundError:
            continue  # gone between the listing and now
        except OSError as error:
            unreachable.append((Path(entry.path), error.strerror or type(error).__name__))

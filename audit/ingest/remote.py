"""Recordings at any URL that fsspec can read (s3, gs, abfs, sftp …): found, and fetched one by one.

fsspec comes with the extra ``tasleek[ray]``; each store needs its own package besides (``s3fs``,
``gcsfs``, ``adlfs``, ``paramiko``) and takes its credentials from where that package looks for them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from audit.errors import UnreadableError, UsageError
from audit.ingest.audio import SUFFIXES
from audit.locations import url_of
from audit.types import FileStamp, Recording

#: Where stores tell the time of modification: s3, gs, abfs, sftp, local.
_TIMES = ("LastModified", "updated", "last_modified", "mtime", "modified", "created")


def remote_stamps(url: str) -> Iterator[FileStamp]:
    """The recordings at ``url``: a file, a folder (searched for ``SUFFIXES``) or a pattern, in order.

    Raises ``UsageError`` when fsspec or the store's package is not installed, ``UnreadableError`` when
    nothing can be read there.
    """
    system, place = _opened(url)
    try:
        if system.isdir(place):
            found: Mapping[str, Mapping[str, Any]] = system.find(place, detail=True)
            found = {name: info for name, info in found.items() if _is_recording(name)}
        elif any(char in place for char in "*?["):
            found = system.glob(place, detail=True)
            found = {name: info for name, info in found.items() if _is_recording(name)}
        else:
            found = {place: system.info(place)}
    except Exception as error:  # each store raises its own
        raise _unreadable(url, error) from error
    for name in sorted(found):
        address = _address(url, place, name, system)
        if url_of(Path(address)) != address:
            raise UsageError(f"{address}: a name with empty parts (//) cannot be kept; rename it")
        yield _stamp(address, found[name])


@contextmanager
def local_copy(recording: Recording) -> Iterator[Recording]:
    """``recording`` as a file of this machine, with the hash of its content.

    What is at a URL is downloaded into a private temporary folder, which is removed at the end. Raises
    ``UnreadableError``.
    """
    url = url_of(recording.path)
    if url is None:
        yield recording if recording.vcon_dialog is not None else _hashed(recording, recording.path)
        return
    with tempfile.TemporaryDirectory(prefix="tasleek-") as folder:  # mode 0700
        target = Path(folder, recording.path.name)
        try:
            system, place = _opened(url)
            system.get_file(place, str(target))
        except UsageError:
            raise
        except Exception as error:
            raise _unreadable(url, error) from error
        # The stamp is that of the object, not of the copy.
        yield replace(_hashed(recording, target), size_bytes=0, modified_ns=0)


def _hashed(recording: Recording, path: Path) -> Recording:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableError(
            f"{path} cannot be read ({error.strerror}). Check that it is there on every node of the "
            "cluster, and that you may read it"
        ) from error
    return replace(recording, path=path, sha256=sha256)


def _opened(url: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UsageError(
            f"{url}: fsspec is not installed; run `pip install 'tasleek[ray]'`"
        ) from None
    try:
        system, place = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{url}: this kind of URL cannot be read here ({error}); install the package that fsspec "
            "reads it with (s3fs, gcsfs, adlfs, paramiko)"
        ) from error
    except Exception as error:
        raise _unreadable(url, error) from error
    return system, place


def _unreadable(url: str, error: Exception) -> UnreadableError:
    return UnreadableError(
        f"{url} cannot be read ({type(error).__name__}: {error}). Check the address and the credentials"
    )


def _address(url: str, place: str, name: str, system: Any) -> str:
    """The URL of ``name``, found at ``place`` of ``url``; with its host, which fsspec drops."""
    asked, place = url.rstrip("/"), place.rstrip("/")
    if place and asked.endswith(place):
        return asked.removesuffix(place) + name
    return str(system.unstrip_protocol(name))


def _is_recording(name: str) -> bool:
    place = PurePosixPath(name)
    return place.suffix.lower() in SUFFIXES and not place.name.startswith(".")


def _stamp(url: str, info: Mapping[str, Any]) -> FileStamp:
    modified_ns = 0
    for told in (info.get(name) for name in _TIMES):
        if isinstance(told, datetime):
            modified_ns = round(told.timestamp() * 1e9)
        elif isinstance(told, (int, float)):
            modified_ns = round(told * 1e9)
        else:
            continue
        break
    return FileStamp(Path(url), int(info.get("size") or 0), modified_ns)

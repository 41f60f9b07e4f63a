"""From the paths of a command to the recordings to audit, each with its metadata.

Metadata may be told in several places; the nearer to the recording's own row, the stronger:
manifest row, then sidecar JSON, then vCon, then filename pattern.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from audit.config import IngestConfig
from audit.errors import ConfigError, MetadataError, UnreadableError
from audit.ingest.audio import SUFFIXES
from audit.ingest.json_documents import read_json
from audit.ingest.manifest import ManifestRow, read_manifest
from audit.ingest.metadata import FIELDS, parse_metadata
from audit.ingest.remote import remote_stamps
from audit.ingest.vcon import VconDialog, is_vcon, read_vcon
from audit.locations import url_of
from audit.types import CallFailure, CallMetadata, FileStamp, Recording

STAGE_FIND = "find"
STAGE_METADATA = "metadata"
_LARGEST_SIDECAR = 16 << 20
#: The file or its storage is gone; nothing is known against the recording itself.
STAGE_READ = "read"

#: Hashes of those files of a list that were hashed before and have not changed since.
KnownHashes = Callable[[Sequence[FileStamp]], Mapping[FileStamp, str]]
#: Files whose hashes are looked up together.
_LOOKED_UP_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A place where the sound of a call lies: a file, or a dialog inside a vCon."""

    path: Path
    dialog: VconDialog | None = None

    @property
    def key(self) -> tuple[Path, int | None]:
        """The file, and the index of the dialog inside it that holds the sound, if one does."""
        inside = self.dialog is not None and self.dialog.sha256 is not None
        return self.path, self.dialog.index if self.dialog and inside else None


class RecordingFinder:
    """Finds recordings and reads their metadata; what is wrong with one never stops the others."""

    def __init__(self, config: IngestConfig, manifest: Path | None = None) -> None:
        self._config = config
        self._pattern = _compiled(config.filename_pattern)
        rows = read_manifest(manifest, config) if manifest else ()
        self._rows = {
            row.path if url_of(row.path) else Path(os.path.realpath(row.path)): row for row in rows
        }
        self._loose_rows = tuple(row for row in rows if row.problem and row.path == manifest)

    @property
    def named(self) -> tuple[str, ...]:
        """The paths and URLs that the manifest names."""
        return tuple(url_of(path) or str(path) for path in self._rows)

    def find_remote(
        self, urls: Sequence[str], known: KnownHashes
    ) -> Iterator[Recording | CallFailure]:
        """The same for URLs (files, folders, patterns). Nothing is read: ``known`` tells all hashes.

        Sidecars and vCons at URLs are not read. Raises ``UsageError`` when there is no way to read them.
        """
        seen: set[Path] = set()
        for url in urls:
            try:
                stamps = [stamp for stamp in remote_stamps(url) if stamp.path not in seen]
            except UnreadableError as error:
                yield CallFailure(Path(url), STAGE_FIND, str(error))
                continue
            seen.update(stamp.path for stamp in stamps)
            for first in range(0, len(stamps), _LOOKED_UP_TOGETHER):
                group = stamps[first : first + _LOOKED_UP_TOGETHER]
                hashes = known(group)
                for stamp in group:
                    yield self._recording(Source(stamp.path), stamp, hashes[stamp])

    def find(
        self, paths: Sequence[Path | str], known: KnownHashes | None = None
    ) -> Iterator[Recording | CallFailure]:
        """Every recording of ``paths`` once, in order, hashed.

        ``paths`` are files, folders (searched for ``SUFFIXES``) and globs. Manifest rows whose file
        lies under none of them are left alone; without any path, all rows are taken. A file whose hash
        ``known`` tells is not read.
        """
        seen: set[tuple[Path, int | None]] = set()
        for row in self._loose_rows:
            yield CallFailure(row.path, STAGE_METADATA, row.problem or "")
        sources = list(self._sources(paths or [str(path) for path in self._rows]))
        # A file that a vCon names is found twice; the vCon knows more of it.
        sources.sort(key=lambda source: isinstance(source, Source) and source.dialog is None)
        queue = iter(sources)
        while group := list(islice(queue, _LOOKED_UP_TOGETHER)):
            stamps = {s.path: _stamp(s.path) for s in group if isinstance(s, Source)}
            hashes = known(list(stamps.values())) if known else {}
            for found in group:
                if isinstance(found, CallFailure):
                    yield found
                elif found.key not in seen:
                    seen.add(found.key)
                    stamp = stamps[found.path]
                    yield self._recording(found, stamp, hashes.get(stamp))

    def _sources(self, paths: Iterable[Path | str]) -> Iterator[Source | CallFailure]:
        for path in _expanded(paths):
            if isinstance(path, CallFailure) or path.suffix.lower() not in (".json", ".vcon"):
                yield path if isinstance(path, CallFailure) else Source(path)
            else:
                yield from self._vcon_sources(path)

    def _vcon_sources(self, path: Path) -> Iterator[Source | CallFailure]:
        try:
            for dialog in read_vcon(path, self._config):
                yield Source(dialog.path.resolve() if dialog.path else path, dialog)
        except (MetadataError, OSError) as error:
            yield CallFailure(path, STAGE_METADATA, str(error))

    def _recording(
        self, source: Source, stamp: FileStamp, known_sha256: str | None
    ) -> Recording | CallFailure:
        row = self._rows.get(source.path)
        stem = _as_text(source.path.stem)
        if row and row.problem:
            call_id = row.metadata.call_id or stem
            return CallFailure(source.path, STAGE_METADATA, row.problem, call_id)
        try:
            metadata = self._metadata(source, row)
        except (MetadataError, OSError) as error:
            return CallFailure(source.path, STAGE_METADATA, str(error), stem)
        call_id = metadata.call_id or stem
        if stamp.size_bytes > self._config.max_file_mb << 20:
            reason = (
                f"{source.path}: has {stamp.size_bytes >> 20} MB; at most {self._config.max_file_mb} "
                "are read. Split it, or raise max_file_mb under [ingest] in tasleek.toml"
            )
            return CallFailure(source.path, STAGE_FIND, reason, call_id)
        try:
            sha256 = known_sha256 or content_sha256(source)
        except UnreadableError as error:
            return CallFailure(source.path, STAGE_READ, str(error), call_id)
        metadata = replace(metadata, call_id=call_id)
        dialog = source.key[1]
        if dialog is not None:
            return Recording(call_id, source.path, sha256, metadata, dialog)
        return Recording(
            call_id, source.path, sha256, metadata,
            size_bytes=stamp.size_bytes, modified_ns=stamp.modified_ns,
        )  # fmt: skip

    def _metadata(self, source: Source, row: ManifestRow | None) -> CallMetadata:
        metadata = row.metadata if row else CallMetadata()
        metadata = metadata.merged_over(self._sidecar(source.path))
        if source.dialog:
            metadata = metadata.merged_over(source.dialog.metadata)
        return metadata.merged_over(self._from_name(source.path))

    def _sidecar(self, recording: Path) -> CallMetadata:
        for sidecar in (recording.with_suffix(".json"), Path(f"{recording}.json")):
            if sidecar == recording or not sidecar.is_file():
                continue
            try:
                fields = read_json(sidecar, _LARGEST_SIDECAR)
            except ValueError as error:
                raise MetadataError(f"{sidecar}: not valid JSON ({error})") from error
            if not isinstance(fields, dict):
                raise MetadataError(f"{sidecar}: not a JSON object of fields ({', '.join(FIELDS)})")
            if "vcon" in fields:
                dialogs = read_vcon(sidecar, self._config)
                return dialogs[0].metadata if len(dialogs) == 1 else CallMetadata()
            return parse_metadata(fields, str(sidecar), self._config)
        return CallMetadata()

    def _from_name(self, recording: Path) -> CallMetadata:
        if not self._pattern:
            return CallMetadata()
        match = self._pattern.fullmatch(recording.stem)
        if not match:
            raise MetadataError(
                f"{recording}: the name does not match filename_pattern of tasleek.toml "
                f"({self._pattern.pattern}); rename it or correct the pattern"
            )
        return parse_metadata(match.groupdict(), str(recording), self._config)


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if not pattern:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConfigError(
            f"filename_pattern {pattern!r} is not a regular expression ({error}); "
            r"an example: (?P<agent_id>\w+)_(?P<started_at>[\dT:+-]+)"
        ) from error
    unknown = sorted(set(compiled.groupindex) - set(FIELDS))
    if unknown:
        raise ConfigError(
            f"filename_pattern names unknown fields ({', '.join(unknown)}); known: "
            f"{', '.join(FIELDS)}"
        )
    return compiled


def _expanded(paths: Iterable[Path | str]) -> Iterator[Path | CallFailure]:
    for told in paths:
        path = Path(told).expanduser()
        if os.path.lexists(path):
            yield from _of_path(path, named=True)
            continue
        matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(str(path)) else []
        for match in matches:
            yield from _of_path(Path(match), named=False)
        if not matches:
            yield CallFailure(
                path.absolute(), STAGE_FIND,
                f"{path}: no such file or folder, and no match as a pattern; check the path",
            )  # fmt: skip


def _of_path(path: Path, *, named: bool) -> Iterator[Path | CallFailure]:
    if os.path.isdir(path):
        yield from recordings_in(path)
    elif os.path.exists(path) and not os.path.isfile(path):
        # Opening a pipe or a device would wait for ever.
        yield CallFailure(path.absolute(), STAGE_FIND, f"{path}: not a file; give a recording")
    elif path.suffix.lower() == ".json" and not is_vcon(path):
        if named:  # a pattern also matches the sidecars
            reason = f"{path}: neither a recording nor a vCon; give the file that holds the sound"
            yield CallFailure(path.absolute(), STAGE_FIND, reason)
    else:
        yield Path(os.path.realpath(path))


def recordings_in(folder: Path) -> Iterator[Path | CallFailure]:
    """The recordings and vCons below ``folder``, in order; then the folders that cannot be read."""
    unread: list[OSError] = []
    for place, folders, names in os.walk(os.path.realpath(folder), onerror=unread.append):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if _is_recording(path):
                yield Path(os.path.realpath(path))
    for error in unread:
        path = Path(os.fsdecode(error.filename or folder))
        reason = (
            f"{path}: the folder cannot be read ({error.strerror}). Check that it is there and that "
            "you may read it"
        )
        yield CallFailure(path, STAGE_READ, reason)


def _is_recording(path: Path) -> bool:
    suffix = path.suffix.lower()
    if path.name.startswith(".") or not (suffix in SUFFIXES or suffix in (".vcon", ".json")):
        return False
    try:
        return path.is_file() and (suffix != ".json" or is_vcon(path))
    except OSError:
        return True  # its reading says what is wrong


def _stamp(path: Path) -> FileStamp:
    try:
        status = path.stat()
    except OSError:
        return FileStamp(path, 0, 0)  # its reading says what is wrong
    return FileStamp(path, status.st_size, status.st_mtime_ns)


def _as_text(name: str) -> str:
    """``name`` without the stand-ins for bytes that are not UTF-8: a database holds text only."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def content_sha256(source: Source) -> str:
    """SHA-256, hex, of the encoded sound, read in blocks; ``UnreadableError`` when it cannot be."""
    if source.dialog is not None and source.dialog.sha256 is not None:
        return source.dialog.sha256
    try:
        with source.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableError(
            f"{source.path} cannot be read ({error.strerror}). Check that it is there and that "
            "you may read it"
        ) from error

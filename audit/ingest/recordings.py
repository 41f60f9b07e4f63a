"""From the paths of a command to the recordings to audit, each with its metadata.

Metadata may be told in several places; the nearer to the recording's own row, the stronger:
manifest row, then sidecar JSON, then vCon, then filename pattern.
"""

from __future__ import annotations

import glob
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.config import IngestConfig
from audit.errors import AudioError, ConfigError, MetadataError
from audit.ingest.audio import SUFFIXES
from audit.ingest.manifest import ManifestRow, read_manifest
from audit.ingest.metadata import FIELDS, parse_metadata
from audit.ingest.vcon import VconDialog, is_vcon, read_vcon
from audit.types import CallFailure, CallMetadata, Recording

STAGE_FIND = "find"
STAGE_METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Source:
    """A place where the sound of a call lies: a file, or a dialog inside a vCon."""

    path: Path
    dialog: VconDialog | None = None

    @property
    def key(self) -> tuple[Path, int | None]:
        """The file, and the index of the dialog inside it that holds the sound, if one does."""
        inside = self.dialog is not None and self.dialog.body is not None
        return self.path, self.dialog.index if self.dialog and inside else None


class RecordingFinder:
    """Finds recordings and reads their metadata; what is wrong with one never stops the others."""

    def __init__(self, config: IngestConfig, manifest: Path | None = None) -> None:
        self._config = config
        self._pattern = _compiled(config.filename_pattern)
        rows = read_manifest(manifest, config) if manifest else ()
        self._rows = {row.path.resolve(): row for row in rows}
        self._loose_rows = tuple(row for row in rows if row.problem and row.path == manifest)

    def find(self, paths: Sequence[Path | str]) -> Iterator[Recording | CallFailure]:
        """Every recording of ``paths`` once, in order, hashed.

        ``paths`` are files, folders (searched for ``SUFFIXES``) and globs. Manifest rows whose file
        lies under none of them are left alone; without any path, all rows are taken.
        """
        seen: set[tuple[Path, int | None]] = set()
        for row in self._loose_rows:
            yield CallFailure(row.path, STAGE_METADATA, row.problem or "")
        sources = list(self._sources(paths or [str(path) for path in self._rows]))
        # A file that a vCon names is found twice; the vCon knows more of it.
        sources.sort(key=lambda source: isinstance(source, Source) and source.dialog is None)
        for found in sources:
            if isinstance(found, CallFailure):
                yield found
            elif found.key not in seen:
                seen.add(found.key)
                yield self._recording(found)

    def _sources(self, paths: Iterable[Path | str]) -> Iterator[Source | CallFailure]:
        for path in _expanded(paths):
            if isinstance(path, CallFailure) or path.suffix.lower() not in (".json", ".vcon"):
                yield path if isinstance(path, CallFailure) else Source(path)
            elif path.suffix.lower() == ".vcon" or is_vcon(path):
                yield from self._vcon_sources(path)

    def _vcon_sources(self, path: Path) -> Iterator[Source | CallFailure]:
        try:
            for dialog in read_vcon(path, self._config):
                yield Source(dialog.path.resolve() if dialog.path else path, dialog)
        except (MetadataError, OSError) as error:
            yield CallFailure(path, STAGE_METADATA, str(error))

    def _recording(self, source: Source) -> Recording | CallFailure:
        row = self._rows.get(source.path)
        stem = source.path.stem
        if row and row.problem:
            call_id = row.metadata.call_id or stem
            return CallFailure(source.path, STAGE_METADATA, row.problem, call_id)
        try:
            metadata = self._metadata(source, row)
        except (MetadataError, OSError) as error:
            return CallFailure(source.path, STAGE_METADATA, str(error), stem)
        call_id = metadata.call_id or stem
        try:
            sha256 = content_sha256(source)
        except AudioError as error:
            return CallFailure(source.path, STAGE_FIND, str(error), call_id)
        metadata = replace(metadata, call_id=call_id)
        return Recording(call_id, source.path, sha256, metadata, source.key[1])

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
                fields = json.loads(sidecar.read_text(encoding="utf-8-sig"))
            except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
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
        if path.is_dir():
            yield from (found.resolve() for found in _in_folder(path))
        elif path.exists():
            yield path.resolve()
        else:
            matches = (
                sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(str(path)) else []
            )
            for match in matches:
                if Path(match).is_dir():
                    yield from (found.resolve() for found in _in_folder(Path(match)))
                else:
                    yield Path(match).resolve()
            if not matches:
                yield CallFailure(
                    path.absolute(), STAGE_FIND,
                    f"{path}: no such file or folder, and no match as a pattern; check the path",
                )  # fmt: skip


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        suffix = path.suffix.lower()
        if suffix in SUFFIXES or suffix == ".vcon" or (suffix == ".json" and is_vcon(path)):
            yield path


def content_sha256(source: Source) -> str:
    """SHA-256, hex, of the encoded sound; ``AudioError`` when it cannot be read."""
    if source.dialog is not None and source.dialog.body is not None:
        return hashlib.sha256(source.dialog.body).hexdigest()
    try:
        with source.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AudioError(
            f"{source.path} cannot be read ({error.strerror}). Check that it is there and that "
            "you may read it"
        ) from error

"""Manifests: one row of metadata a recording, as CSV (with a header) or JSONL."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.config import IngestConfig
from audit.errors import MetadataError, UsageError
from audit.ingest.json_documents import parse_json
from audit.ingest.metadata import FIELDS, parse_metadata
from audit.locations import is_url
from audit.types import CallMetadata


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A row: ``path`` of the recording, and its metadata or, in ``problem``, what is wrong with it."""

    path: Path
    metadata: CallMetadata
    problem: str | None = None


def read_manifest(manifest: Path, config: IngestConfig) -> tuple[ManifestRow, ...]:
    """All rows, in order. Paths are relative to the manifest's folder.

    A row with a wrong value is returned with its ``problem``, so that the other calls go on. Raises
    ``UsageError`` when the file is missing or is no manifest at all.
    """
    if not manifest.is_file():
        raise UsageError(f"{manifest}: no such manifest; give an existing CSV or JSONL file")
    read = _jsonl_rows if manifest.suffix.lower() in (".jsonl", ".ndjson", ".json") else _csv_rows
    try:
        return tuple(_row(manifest, line, fields, config) for line, fields in read(manifest))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{manifest}: not a UTF-8 CSV or JSONL file ({error})") from error


def _csv_rows(manifest: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with manifest.open(encoding="utf-8-sig", newline="") as file:
        sample = file.read(4096)
        file.seek(0)
        delimiter = max(",;\t", key=sample.partition("\n")[0].count)
        reader = csv.DictReader(file, delimiter=delimiter)
        if "path" not in (reader.fieldnames or ()):
            raise UsageError(
                f"{manifest}: the header has no column 'path'; columns known: "
                f"path, {', '.join(FIELDS)}"
            )
        for row in reader:
            yield reader.line_num, {name: value for name, value in row.items() if name}


def _jsonl_rows(manifest: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    with manifest.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = parse_json(line)
            except ValueError as error:
                yield number, f"not valid JSON ({error})"
                continue
            yield number, value if isinstance(value, dict) else "not a JSON object"


def _row(
    manifest: Path, line: int, fields: dict[str, Any] | str, config: IngestConfig
) -> ManifestRow:
    where = f"{manifest} row {line}"
    if isinstance(fields, str):
        return ManifestRow(manifest, CallMetadata(), f"{where}: {fields}")
    told = fields.get("path")
    if not isinstance(told, str) or not told.strip() or "\0" in told:
        return ManifestRow(manifest, CallMetadata(), f"{where}: no path; name the recording")
    told = told.strip()
    path = Path(told) if is_url(told) else manifest.parent / told
    try:
        return ManifestRow(path, parse_metadata(fields, where, config))
    except MetadataError as error:
        call_id = fields.get("call_id")
        known = CallMetadata(call_id=str(call_id) if call_id else None)
        return ManifestRow(path, known, str(error))

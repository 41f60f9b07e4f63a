"""The recording that a stored call was made of: found again, and known to be the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from audit.config import IngestConfig
from audit.errors import AudioError, MetadataError, UnreadableError
from audit.ingest.recordings import Source, content_sha256
from audit.ingest.vcon import dialog_body, is_vcon, read_vcon

_VCON_SUFFIXES = (".json", ".vcon")


def original_sound(path: str, sha256: str, folder: Path, config: IngestConfig) -> Path | bytes:
    """The encoded sound whose hash is ``sha256``: a file, or the bytes inside a vCon.

    A ``path`` that is not there is tried from ``folder``, that of the database. Raises
    ``UnreadableError`` when there is no such file, ``AudioError`` when it is another recording by now.
    """
    file = next((place for place in (Path(path), folder / path) if place.is_file()), None)
    if file is None:
        raise UnreadableError(
            f"{path} is not there any more. Put the recording back where it was when it was audited"
        )
    if content_sha256(Source(file)) == sha256:
        return file
    if file.suffix.lower() in _VCON_SUFFIXES and is_vcon(file):
        return _inside_vcon(file, sha256, config)
    raise AudioError(_changed(path))


def _inside_vcon(file: Path, sha256: str, config: IngestConfig) -> bytes:
    try:
        for dialog in read_vcon(file, config):
            if dialog.sha256 == sha256:
                body = dialog_body(file, dialog.index)
                if hashlib.sha256(body).hexdigest() == sha256:
                    return body
    except MetadataError as error:
        raise AudioError(str(error)) from error
    raise AudioError(_changed(str(file)))


def _changed(path: str) -> str:
    return (
        f"{path} is not the recording that was audited: its content has changed since. Put that one "
        "back, or audit this one again (tasleek audit --again)"
    )

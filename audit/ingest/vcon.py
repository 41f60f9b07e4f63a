"""vCon files: a conversation's parties and recordings in one JSON container.

Source: IETF draft-ietf-vcon-vcon-core. What is read: ``uuid``, ``parties`` (``tel``, ``mailto``,
``name``, ``role``), and each ``dialog`` of type ``recording`` (``start``, ``parties``, and the sound as
``body`` with ``encoding`` base64url, or as a ``filename`` or ``url`` that names a file beside the vCon).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.config import IngestConfig
from audit.errors import MetadataError, UnreadableError
from audit.ingest.json_documents import read_json
from audit.ingest.metadata import parse_metadata
from audit.types import CallMetadata

#: Of a vCon with its sound inside, which is held in memory several times while it is read.
_LARGEST_BYTES = 512 << 20
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class VconDialog:
    """A recording of a vCon: ``sha256`` (hex) is that of the encoded sound inside, or ``None`` where
    ``path`` names a file beside it. The sound itself is not kept: ten thousand would fill the memory.
    """

    index: int
    metadata: CallMetadata
    sha256: str | None
    path: Path | None


def is_vcon(path: Path) -> bool:
    """Whether the file is a JSON object with a ``vcon`` version, or the remains of one."""
    try:
        return path.stat().st_size < _LARGEST_BYTES and "vcon" in _load(path)
    except MetadataError:
        return _looks_like_vcon(path)
    except OSError:
        return False


def _looks_like_vcon(path: Path) -> bool:
    # A damaged vCon must end as a failure that names it, not be taken for some other JSON.
    try:
        with path.open("rb") as file:
            return b'"vcon"' in file.read(_HEAD_BYTES)
    except OSError:
        return False


def read_vcon(path: Path, config: IngestConfig) -> tuple[VconDialog, ...]:
    """The recordings of a vCon. Raises ``MetadataError`` that names the file and the dialog."""
    vcon = _load(path)
    dialogs = vcon.get("dialog") or []
    if not isinstance(dialogs, list):
        raise MetadataError(f"{path}: 'dialog' must be a list, by the vCon draft")
    recordings = [
        (index, dialog)
        for index, dialog in enumerate(dialogs)
        if isinstance(dialog, dict) and dialog.get("type") == "recording"
    ]
    if not recordings:
        raise MetadataError(f"{path}: this vCon holds no dialog of type 'recording'")
    several = len(recordings) > 1
    return tuple(
        _dialog(path, vcon, index, dialog, several, config) for index, dialog in recordings
    )


def dialog_body(path: Path, index: int) -> bytes:
    """The encoded sound inside dialog ``index`` of the vCon at ``path``.

    Raises ``MetadataError``, and ``UnreadableError`` when the file is gone.
    """
    try:
        dialog = _load(path)["dialog"][index]
    except OSError as error:
        raise UnreadableError(
            f"{path} cannot be read ({error.strerror}). Check that it is there and that you may "
            "read it"
        ) from error
    except (KeyError, IndexError, TypeError):
        dialog = {}
    body = _body(dialog, f"{path} dialog {index}") if isinstance(dialog, dict) else None
    if body is None:
        raise MetadataError(f"{path} dialog {index}: no sound inside; it changed while being read")
    return body


def _load(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path, _LARGEST_BYTES)
    except ValueError as error:
        raise MetadataError(f"{path}: not valid JSON ({error}). Export it again") from error
    if not isinstance(value, dict):
        raise MetadataError(f"{path}: not a JSON object")
    return value


def _dialog(
    path: Path, vcon: Mapping[str, Any], index: int, dialog: Mapping[str, Any], several: bool,
    config: IngestConfig,
) -> VconDialog:  # fmt: skip
    where = f"{path} dialog {index}"
    body = _body(dialog, where)
    file = None if body is not None else _file_beside(path, dialog, where)
    uuid = str(vcon.get("uuid") or path.stem)
    fields = {
        "call_id": f"{uuid}-{index}" if several else uuid,
        "started_at": dialog.get("start") or vcon.get("created_at"),
        "disposition": dialog.get("disposition"),
        **_parties(vcon, dialog),
    }
    sha256 = hashlib.sha256(body).hexdigest() if body is not None else None
    return VconDialog(index, parse_metadata(fields, where, config), sha256, file)


def _body(dialog: Mapping[str, Any], where: str) -> bytes | None:
    body = dialog.get("body")
    if body is None:
        return None
    if dialog.get("encoding") != "base64url" or not isinstance(body, str):
        raise MetadataError(f"{where}: sound inside a vCon must be text with encoding base64url")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise MetadataError(
            f"{where}: the body is not base64url ({error}). Export the vCon again"
        ) from error


def _file_beside(path: Path, dialog: Mapping[str, Any], where: str) -> Path:
    name = dialog.get("filename") or dialog.get("url")
    if not isinstance(name, str) or not name or "\0" in name:
        raise MetadataError(f"{where}: neither a body nor a filename")
    if "://" in name and not name.startswith("file://"):
        raise MetadataError(
            f"{where}: the sound lies at an address; nothing is downloaded. Fetch it, and put it "
            "beside the vCon under its 'filename'"
        )
    # Only a file in the vCon's own folder: a container from outside must not name any other.
    return path.parent / Path(name.removeprefix("file://")).name


def _parties(vcon: Mapping[str, Any], dialog: Mapping[str, Any]) -> dict[str, Any]:
    parties = [p if isinstance(p, dict) else {} for p in vcon.get("parties") or []]
    told = dialog.get("parties")
    indices = [told] if isinstance(told, int) else told
    if not isinstance(indices, list):
        indices = list(range(len(parties)))
    present = [(i, parties[i]) for i in indices if isinstance(i, int) and 0 <= i < len(parties)]
    agents = [(place, party) for place, (_, party) in enumerate(present) if _is_agent(party)]
    callers = [party for _, party in present if not _is_agent(party)]
    fields: dict[str, Any] = {}
    if len(agents) == 1:
        place, agent = agents[0]
        fields["agent_id"] = agent.get("name") or agent.get("mailto") or agent.get("tel")
        if len(present) == 2:
            fields["agent_channel"] = place
    if len(callers) == 1 and agents:
        fields["caller"] = callers[0].get("tel") or callers[0].get("mailto")
    return fields


def _is_agent(party: Mapping[str, Any]) -> bool:
    return str(party.get("role", "")).lower() in ("agent", "contact_center_agent")

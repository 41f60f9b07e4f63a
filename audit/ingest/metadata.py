"""Metadata fields as people write them -> ``CallMetadata``.

Manifests, sidecars, filename patterns and vCons all end here, so that a field means the same thing
wherever it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audit.config import IngestConfig
from audit.errors import ConfigError, MetadataError
from audit.ingest.dialects import dialect_code
from audit.types import CallMetadata

#: Fields that are stored as they are told.
TEXT_FIELDS = (
    "call_id", "agent_id", "vendor", "service_channel", "queue", "direction", "caller",
    "ticket_id", "disposition",
)  # fmt: skip
#: All fields that a manifest row, a sidecar or a filename pattern may name.
FIELDS = (*TEXT_FIELDS, "dialect", "started_at", "wait_s", "hold_s", "agent_channel", "channel_map")

_LONGEST_TEXT = 500


def parse_metadata(fields: Mapping[str, Any], where: str, config: IngestConfig) -> CallMetadata:
    """``fields`` checked and converted; empty values are unknown.

    ``where`` names the row or file in messages. Raises ``MetadataError`` for a value that does not
    parse: nothing is guessed, and a missing date never becomes "now". Unknown fields are ignored,
    since exports of telephone systems carry many.
    """
    told = {name: value for name, value in fields.items() if value not in (None, "", [], {})}
    text = {name: _text(told[name], name, where) for name in TEXT_FIELDS if name in told}
    dialect = _text(told["dialect"], "dialect", where) if "dialect" in told else None
    return CallMetadata(
        **text,
        dialect=dialect and dialect_code(dialect),
        started_at=_started_at(told["started_at"], where, config) if "started_at" in told else None,
        wait_ms=_milliseconds(told["wait_s"], "wait_s", where) if "wait_s" in told else None,
        hold_ms=_milliseconds(told["hold_s"], "hold_s", where) if "hold_s" in told else None,
        agent_channel=_agent_channel(told, where),
    )


def _text(value: Any, name: str, where: str) -> str | None:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise MetadataError(f"{where}: {name} must be text, not {type(value).__name__}")
    text = str(value).strip()
    if len(text) > _LONGEST_TEXT:
        raise MetadataError(f"{where}: {name} has {len(text)} characters; at most {_LONGEST_TEXT}")
    return text or None


def _started_at(value: Any, where: str, config: IngestConfig) -> datetime:
    text = "".join(str(int(c)) if c.isdecimal() else c for c in str(value)).strip()
    try:
        if config.started_at_format:
            moment = datetime.strptime(text, config.started_at_format)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError as error:
        expected = config.started_at_format or "ISO 8601 such as 2026-11-03T09:15:00+03:00"
        raise MetadataError(
            f"{where}: started_at {str(value)!r} is not a date ({expected}); correct it, or set "
            "started_at_format under [ingest] in tasleek.toml"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=_zone(config.timezone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"timezone {name!r} is unknown; give an IANA name such as Asia/Riyadh under [ingest]"
        ) from error


def _milliseconds(value: Any, name: str, where: str) -> int:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds < 1e7:
        raise MetadataError(f"{where}: {name} {value!r} is not a number of seconds")
    return round(seconds * 1000)


def _agent_channel(told: Mapping[str, Any], where: str) -> int | None:
    channel = told.get("agent_channel")
    if channel is not None:
        found = {"0": 0, "1": 1, "left": 0, "right": 1, "auto": None}.get(str(channel).lower(), -1)
        if found == -1:
            raise MetadataError(
                f"{where}: agent_channel {channel!r} is unknown; write 0 (left) or 1 (right), "
                "or leave it empty to have it found"
            )
        return found
    mapping = told.get("channel_map")
    if mapping is None:
        return None
    parties = mapping.split(",") if isinstance(mapping, str) else mapping
    if isinstance(parties, Mapping):
        parties = [parties.get(str(index), parties.get(index)) for index in (0, 1)]
    listed = parties if isinstance(parties, (list, tuple)) else ()
    names = [str(party).strip().lower() for party in listed]
    if sorted(names) != ["agent", "caller"]:
        raise MetadataError(
            f"{where}: channel_map {mapping!r} is unknown; write 'agent,caller' or 'caller,agent'"
        )
    return names.index("agent")

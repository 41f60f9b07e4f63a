"""Reference transcripts: what was really said in a recording, by whom and when.

A reference is a JSON file ``reference/<call_id>.json`` beside ``recordings/``, as the sample calls
have them (``data/samples/README.md`` documents the fields).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.types import Role, Segment


@dataclass(frozen=True, slots=True)
class ReferenceTurn:
    role: Role
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class ReferenceInterruption:
    """``by`` cuts the other party off, beginning at ``at_ms``."""

    by: Role
    at_ms: int


@dataclass(frozen=True, slots=True)
class ReferenceCall:
    """``announced`` tells of each of ``holds`` whether the agent said that it comes. ``brush_off`` and
    ``resolution`` are the verdict that its author gave it."""

    call_id: str
    audio: Path
    turns: tuple[ReferenceTurn, ...]
    holds: tuple[Segment, ...]
    brush_off: bool
    brush_off_score: float
    resolution: str
    announced: tuple[bool, ...] = ()
    interruptions: tuple[ReferenceInterruption, ...] = ()
    ringing: tuple[Segment, ...] = ()


def read_references(folder: Path) -> tuple[ReferenceCall, ...]:
    """All references below ``folder``; ``UsageError`` when there is none or one is broken."""
    files = sorted((folder / "reference").glob("*.json"))
    if not files:
        raise UsageError(f"{folder}: no reference/*.json in it; give a folder such as data/samples")
    return tuple(_read(file) for file in files)


def _read(file: Path) -> ReferenceCall:
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        return ReferenceCall(
            call_id=value["call_id"],
            audio=(file.parent / value["audio"]["path"]).resolve(),
            turns=tuple(_turn(turn) for turn in value["turns"]),
            holds=tuple(Segment(h["start_ms"], h["end_ms"]) for h in value["holds"]),
            brush_off=value["verdict"]["brush_off"],
            brush_off_score=float(value["verdict"]["brush_off_score"]),
            resolution=value["verdict"]["resolution"],
            announced=tuple(bool(h["announced"]) for h in value["holds"]),
            interruptions=tuple(
                ReferenceInterruption(i["by"], i["at_ms"]) for i in value["interruptions"]
            ),
            ringing=tuple(Segment(r["start_ms"], r["end_ms"]) for r in value["ringback"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file}: not a reference of a call ({error!r})") from error


def _turn(value: Mapping[str, Any]) -> ReferenceTurn:
    return ReferenceTurn(value["role"], value["start_ms"], value["end_ms"], value["text"])

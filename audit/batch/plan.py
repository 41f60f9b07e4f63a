"""Which recordings a run has to do: those that no earlier run did, each content once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.store.queries import StoredCall
from audit.types import CallFailure, Recording

STAGE_IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class Plan:
    """``todo`` in the order found; ``failures`` known before any audio is read; ``skipped`` are done."""

    todo: tuple[Recording, ...]
    failures: tuple[tuple[CallFailure, Recording | None], ...]
    skipped: tuple[Recording, ...]


def make_plan(
    found: Iterable[Recording | CallFailure], stored: Sequence[StoredCall], *, again: bool = False
) -> Plan:
    """Sort what was found by what is to be done with it.

    A recording whose content is stored (audited or unscorable), or was found before under another
    name, is skipped; with ``again`` the stored ones are done anew. A ``call_id`` that already belongs
    to another content is a failure: two calls under one name would overwrite each other.
    """
    done = {call.sha256 for call in stored if call.status != "failed" and call.sha256}
    owner = {call.call_id: call.sha256 for call in stored if call.status != "failed"}
    todo: list[Recording] = []
    failures: list[tuple[CallFailure, Recording | None]] = []
    skipped: list[Recording] = []
    seen: set[str] = set()
    by_call_id: dict[str, Recording] = {}
    for item in found:
        if isinstance(item, CallFailure):
            failures.append((item, None))
        elif item.sha256 in seen or (item.sha256 in done and not again):
            skipped.append(item)
        elif owner.get(item.call_id, item.sha256) != item.sha256:
            failures.append((_taken(item, "a call that is already in the database"), item))
        elif item.call_id in by_call_id:
            failures.append((_taken(item, str(by_call_id[item.call_id].path)), item))
        else:
            todo.append(item)
            seen.add(item.sha256)
            by_call_id[item.call_id] = item
    return Plan(tuple(todo), tuple(failures), tuple(skipped))


def _taken(recording: Recording, other: str) -> CallFailure:
    reason = (
        f"{recording.path}: call_id {recording.call_id!r} belongs to {other}, with another content. "
        "Give each recording its own call_id in the manifest or the file name"
    )
    return CallFailure(recording.path, STAGE_IDENTITY, reason, recording.call_id, recording.sha256)

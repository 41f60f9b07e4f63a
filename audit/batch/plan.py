"""Which recordings a run has to do: those that no earlier run did, each content once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from audit.store.queries import StoredCall
from audit.store.writer import path_text
from audit.types import CallFailure, Recording

STAGE_IDENTITY = "identity"

#: Stored calls that share a name or a content with the given recordings.
Lookup = Callable[[Sequence[Recording]], Iterable[StoredCall]]
_LOOKED_UP_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """``todo`` in the order found; ``failures`` known before any audio is read; ``skipped`` recordings
    are done."""

    todo: tuple[Recording, ...]
    failures: tuple[tuple[CallFailure, Recording | None], ...]
    skipped: int


def make_plan(
    found: Iterable[Recording | CallFailure], lookup: Lookup, *, again: bool = False
) -> Plan:
    """Sort what was found by what is to be done with it.

    A recording whose content is stored (audited or unscorable), or was found before under another
    name, is skipped; with ``again`` the stored ones are done anew, as are those whose file has changed
    since. A ``call_id`` that already belongs to another recording is a failure: two calls under one
    name would overwrite each other.
    """
    todo: list[Recording] = []
    failures: list[tuple[CallFailure, Recording | None]] = []
    skipped = 0
    seen: set[str] = set()
    by_call_id: dict[str, Recording] = {}
    for item, done, owner in _looked_up(found, lookup):
        if isinstance(item, CallFailure):
            failures.append((item, None))
        elif item.sha256 in seen or (done and not again):
            skipped += 1
        elif owner and not _same_recording(owner, item):
            failures.append((_taken(item, "a call that is already in the database"), item))
        elif item.call_id in by_call_id:
            failures.append((_taken(item, str(by_call_id[item.call_id].path)), item))
        else:
            todo.append(item)
            seen.add(item.sha256)
            by_call_id[item.call_id] = item
    return Plan(tuple(todo), tuple(failures), skipped)


def _looked_up(
    found: Iterable[Recording | CallFailure], lookup: Lookup
) -> Iterator[tuple[Recording | CallFailure, bool, StoredCall | None]]:
    """Each item, whether its content is done, and the call that has its name."""
    queue = iter(found)
    while group := list(islice(queue, _LOOKED_UP_TOGETHER)):
        recordings = [item for item in group if isinstance(item, Recording)]
        stored = [call for call in lookup(recordings) if call.status != "failed"]
        done = {call.sha256 for call in stored if call.sha256}
        owners = {call.call_id: call for call in stored}
        for item in group:
            if isinstance(item, CallFailure):
                yield item, False, None
            else:
                yield item, item.sha256 in done, owners.get(item.call_id)


def _same_recording(stored: StoredCall, recording: Recording) -> bool:
    return stored.sha256 == recording.sha256 or stored.path == path_text(recording.path)


def _taken(recording: Recording, other: str) -> CallFailure:
    reason = (
        f"{recording.path}: call_id {recording.call_id!r} belongs to {other}, with another content. "
        "Give each recording its own call_id in the manifest or the file name"
    )
    return CallFailure(recording.path, STAGE_IDENTITY, reason, recording.call_id, recording.sha256)

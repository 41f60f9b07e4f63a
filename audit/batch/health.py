"""How a watching service is: a JSON file that is always whole, and notices to systemd."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a watch. Times are ISO 8601 in UTC, ``None`` before the first.

    ``status`` is ``starting``, ``watching``, ``folder unreachable``, ``waiting for the database`` or
    ``stopped``; ``detail`` says more where there is more to say. ``settling`` files are still being
    written, ``queued`` calls wait for a worker, ``in_work`` have one, ``unsaved`` are done and wait for
    the database. ``audited`` to ``skipped`` count the calls since the start.
    """

    status: str
    detail: str
    version: str
    pid: int
    started_at: str
    last_poll_at: str | None
    last_call_at: str | None
    settling: int
    queued: int
    in_work: int
    unsaved: int
    audited: int
    unscorable: int
    failed: int
    skipped: int


def write_health(path: Path, health: Health) -> None:
    """Put ``health`` in place of what the file held, in one step. Raises ``OSError``."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(asdict(health), indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def notify_systemd(state: str) -> None:
    """Tell systemd ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1`` (sd_notify(3)), if it asks to know."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(state.encode(), address)

"""Who did what with the calls: the table ``access_log``, and the file beside a database that is read.

DuckDB has one writer, and whoever only reads must not need to be it. So a reader appends its entry to
``<database>.access.jsonl``, and the next command that writes moves the entries into the table. Each
entry holds the hash of the one before it (a hash chain, as in Schneier and Kelsey, "Secure Audit Logs
to Support Computer Forensics", 1999), so that one that was changed or taken out of the middle shows.
Nothing that was said in a call ever stands in an entry.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: What the first entry gives for the hash of the one before.
FIRST = "0" * 64
_LONGEST_SCOPE = 500


@dataclass(frozen=True, slots=True)
class Access:
    """What a command is about to do: with which calls, by name or (``scope``) by the options given."""

    command: str
    call_ids: tuple[str, ...] = ()
    scope: str = ""


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """A line of the log. ``at`` is ISO 8601 in UTC with milliseconds; ``hash`` covers all the others."""

    entry: int
    at: str
    who: str
    command: str
    scope: str
    call_refs: tuple[str, ...]
    previous: str
    hash: str

    @property
    def right_hash(self) -> str:
        """The hash that the entry should have."""
        told = [str(self.entry), self.at, self.who, self.command, self.scope]
        told += [",".join(self.call_refs), self.previous]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


class _Command:
    """The command under way, and the databases whose log has it already."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.logged: set[Path] = set()


_running: ContextVar[_Command | None] = ContextVar("command", default=None)


@contextmanager
def accessing(access: Access) -> Iterator[None]:
    """What is opened within is opened by ``access``: it is logged once for each database."""
    token = _running.set(_Command(access))
    try:
        yield
    finally:
        _running.reset(token)


def log_opening(connection: DuckDBPyConnection, path: Path, *, write: bool) -> None:
    """Log that the command under way, if any, has opened the database at ``path``."""
    command = _running.get()
    if command is None or path in command.logged:
        return
    record_access(connection, path, command.access, write=write)
    command.logged.add(path)


def record_access(
    connection: DuckDBPyConnection, path: Path, access: Access, *, write: bool = False
) -> None:
    """Log ``access``. ``write`` says that ``connection`` may write (the table is used, not the file).

    Call it before anything is shown. Raises ``StoreError`` when it cannot be written down.
    """
    refs = call_refs(connection, access.call_ids)
    if write:
        entry = _next_entry(_newest_in_table(connection), access, refs)
        _insert(connection, [entry])
        return
    with _locked(path) as file:
        waiting = _entries(file, path)
        newest = waiting[-1] if waiting else _newest_in_table(connection)
        entry = _next_entry(newest, access, refs)
        _append(file, (json.dumps(asdict(entry), ensure_ascii=False) + "\n").encode())


def fold_accesses(connection: DuckDBPyConnection, path: Path) -> None:
    """Move the entries that readers left beside the database into its table."""
    if not log_path(path).exists():
        return
    with _locked(path) as file:
        newest = _newest_in_table(connection)
        known = newest.entry if newest else 0
        # Entries up to `known` were moved by a command that was killed before it emptied the file.
        _insert(connection, [entry for entry in _entries(file, path) if entry.entry > known])
        file.truncate(0)


def read_accesses(
    connection: DuckDBPyConnection, path: Path, call_id: str | None = None
) -> tuple[AccessEntry, ...]:
    """All entries in order, those still beside the database too; or those that name ``call_id``."""
    entries = _in_table(connection)
    known = entries[-1].entry if entries else 0
    if log_path(path).exists():
        with _locked(path) as file:
            entries += [entry for entry in _entries(file, path) if entry.entry > known]
    if call_id is not None:
        (ref,) = call_refs(connection, [call_id])
        entries = [entry for entry in entries if ref in entry.call_refs]
    return tuple(entries)


def broken_entries(entries: Sequence[AccessEntry]) -> tuple[int, ...]:
    """Numbers of the entries that were changed, or before which something was taken out."""
    broken = []
    number, previous = 0, FIRST
    for entry in entries:
        fits = entry.entry == number + 1 and entry.previous == previous
        if not fits or entry.hash != entry.right_hash:
            broken.append(entry.entry)
        number, previous = entry.entry, entry.hash
    return tuple(broken)


def log_path(database: Path) -> Path:
    """Where the entries of readers wait to be moved into the database."""
    return database.with_name(f"{database.name}.access.jsonl")


def call_refs(connection: DuckDBPyConnection, call_ids: Sequence[str]) -> tuple[str, ...]:
    """The names of calls in the log; the view ``access_log_calls`` computes the same."""
    if not call_ids:
        return ()
    row = connection.execute("SELECT value FROM settings WHERE name = 'caller_salt'").fetchone()
    salt = str(row[0]) if row else ""
    return tuple(
        hashlib.sha256(f"{salt}{call_id}".encode()).hexdigest()[:32] for call_id in call_ids
    )


def account() -> str:
    """The account that runs this process, and who became it by ``sudo``."""
    try:
        import pwd

        name = pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):  # Windows; or an account without a name, as in containers
        import getpass

        name = getpass.getuser() if os.name == "nt" else f"uid {os.geteuid()}"
    behind = os.environ.get("SUDO_USER", "")
    return _plain(f"{name} ({behind})" if behind else name)


def _next_entry(newest: AccessEntry | None, access: Access, refs: tuple[str, ...]) -> AccessEntry:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    number, previous = (newest.entry + 1, newest.hash) if newest else (1, FIRST)
    scope = _plain(access.scope)[:_LONGEST_SCOPE]
    entry = AccessEntry(number, at, account(), access.command, scope, refs, previous, "")
    return replace(entry, hash=entry.right_hash)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def _locked(path: Path) -> Iterator[FileIO]:
    """The log beside the database at ``path``, open for adding and for nobody else meanwhile."""
    from filelock import FileLock

    log = log_path(path)
    try:
        with FileLock(f"{log}.lock"):
            new = not log.exists()
            with log.open("ab+", buffering=0) as file:
                if new:
                    log.chmod(0o600)
                file.seek(0)
                yield file
    except OSError as error:
        raise StoreError(
            f"{log} cannot be written ({error.strerror}): who looked at calls is kept there until it is "
            f"moved into the database. {_way_out(error)}; without it, calls are not shown"
        ) from error


def _append(file: FileIO, line: bytes) -> None:
    """Add the whole of ``line``, or nothing: half an entry would make the log a damaged one."""
    end = file.seek(0, os.SEEK_END)
    try:
        if file.write(line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _way_out(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make room on its disk"
    return "Give yourself the right to write to it"


def _entries(file: FileIO, path: Path) -> list[AccessEntry]:
    try:
        return [_entry(json.loads(line)) for line in file.read().splitlines() if line.strip()]
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"{log_path(path)} is damaged: somebody or something other than tasleek has written to it. "
            "Look at it, keep a copy, and move it away"
        ) from error


def _entry(value: dict[str, Any]) -> AccessEntry:
    return AccessEntry(**{**value, "call_refs": tuple(value["call_refs"])})


def _newest_in_table(connection: DuckDBPyConnection) -> AccessEntry | None:
    newest = _in_table(connection, "ORDER BY entry DESC LIMIT 1")
    return newest[0] if newest else None


def _in_table(connection: DuckDBPyConnection, tail: str = "ORDER BY entry") -> list[AccessEntry]:
    rows = connection.execute(
        "SELECT entry, strftime(timezone('UTC', accessed_at), '%Y-%m-%dT%H:%M:%S.%gZ'), who, command, "
        f"scope, call_refs, previous, hash FROM access_log {tail}"
    ).fetchall()
    columns = [field.name for field in fields(AccessEntry)]
    return [_entry(dict(zip(columns, row, strict=True))) for row in rows]


def _insert(connection: DuckDBPyConnection, entries: Sequence[AccessEntry]) -> None:
    for entry in entries:
        connection.execute(
            "INSERT INTO access_log VALUES (?, ?::TIMESTAMPTZ, ?, ?, ?, ?, ?, ?)",
            [list(v) if isinstance(v, tuple) else v for v in asdict(entry).values()],
        )

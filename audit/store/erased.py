"""Recordings of calls that were deleted: as long as they lie about, they are not audited again.

Without this the next run over the same folder would bring back what `tasleek purge` or `tasleek subject
erase` deleted. The log of accesses, which stays, names each of them by a hash of its content under the
salt of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audit.store.access import Access, call_refs, record_access

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The scope of the entries that name such recordings.
ERASED_SCOPE = "recordings that are not audited again"


def note_erased(
    connection: DuckDBPyConnection, path: Path, command: str, contents: Sequence[str]
) -> None:
    """Remember that the recordings with these hashes were deleted by ``command``."""
    if contents:
        names = tuple(map(_name, contents))
        record_access(connection, path, Access(command, names, ERASED_SCOPE), write=True)


def erased_recordings(connection: DuckDBPyConnection, contents: Sequence[str]) -> frozenset[str]:
    """Those of the hashes whose recordings were deleted from this database."""
    if not _has_log(connection):
        return frozenset()  # the parts of a run folder
    by_ref = dict(zip(call_refs(connection, [_name(c) for c in contents]), contents, strict=True))
    rows = connection.execute(
        "SELECT DISTINCT ref FROM (SELECT unnest(call_refs) AS ref FROM access_log WHERE scope = ?) "
        "WHERE ref IN (SELECT unnest(?::VARCHAR[]))",
        [ERASED_SCOPE, list(by_ref)],
    ).fetchall()
    return frozenset(by_ref[ref] for (ref,) in rows)


def _name(content: str) -> str:
    return f"recording {content}"  # `ingest_arrived.sql` writes the same


def _has_log(connection: DuckDBPyConnection) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'access_log'"
    ).fetchone()
    return bool(row and row[0])

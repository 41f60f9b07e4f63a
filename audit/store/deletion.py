"""Deleting calls with every row that belongs to them, and telling a caller what is held of them.

After a deletion the bytes of the rows still stand in the file, in blocks that DuckDB has marked as free:
``rewriting.rewrite`` makes them be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from audit.store.database import transaction
from audit.store.writer import caller_salt, hash_caller

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class HeldCall:
    """A call of the database, as far as deleting it and telling its caller of it need."""

    call_id: str
    path: str
    sha256: str | None
    started_at: datetime | None
    agent_id: str | None
    service_channel: str | None
    ticket_id: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose calls are meant: ``caller`` (a number or account), ``caller_hash``, or ``ticket``."""

    caller: str | None = None
    caller_hash: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many rows went, by table."""

    rows: tuple[tuple[str, int], ...]

    @property
    def calls(self) -> int:
        return dict(self.rows).get("calls", 0)

    @property
    def total(self) -> int:
        return sum(number for _, number in self.rows)


def calls_before(connection: DuckDBPyConnection, before: datetime) -> tuple[HeldCall, ...]:
    """Calls that began before ``before``; one without a date counts from when it was audited."""
    return _held(connection, "calls_before", {"before": before})


def calls_of_subject(connection: DuckDBPyConnection, subject: Subject) -> tuple[HeldCall, ...]:
    """The calls of a caller or of a ticket, oldest first."""
    hashed = subject.caller_hash
    if subject.caller is not None:
        hashed = hash_caller(subject.caller, caller_salt(connection))
    told = {"caller_hash": hashed, "ticket": subject.ticket}
    return _held(connection, "calls_of_subject", told)


def export_calls(
    connection: DuckDBPyConnection, call_ids: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """All rows that belong to the calls, by table; columns as they are called in the database."""
    exported: dict[str, list[dict[str, Any]]] = {}
    for table in _call_tables(connection):
        cursor = connection.execute(
            f"SELECT * FROM {table} WHERE call_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL",
            [list(call_ids)],
        )
        columns = [column[0] for column in cursor.description or ()]
        found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        if found:
            exported[table] = found
    return exported


def delete_calls(
    connection: DuckDBPyConnection, call_ids: Sequence[str], failures_before: datetime | None = None
) -> Deleted:
    """Delete the calls with every row that names them; the file must be rewritten afterwards.

    ``failures_before``: also the failures, and surveys without a call, that are older.
    """
    rows = {}
    with transaction(connection):
        paths = _column(
            connection,
            "SELECT path FROM calls WHERE call_id IN (SELECT unnest(?::VARCHAR[]))",
            [list(call_ids)],
        )
        for table in _call_tables(connection):
            rows[table] = _count(
                connection,
                f"DELETE FROM {table} WHERE call_id IN (SELECT unnest(?::VARCHAR[]))",
                [list(call_ids)],
            )
        rows["failures"] += _count(
            connection,
            "DELETE FROM failures WHERE path IN (SELECT unnest(?::VARCHAR[])) OR failed_at < ?",
            [paths, failures_before],
        )
        rows["surveys"] += _count(
            connection,
            "DELETE FROM surveys WHERE answered_at < ? AND call_id NOT IN (SELECT call_id FROM calls)",
            [failures_before],
        )
    return Deleted(tuple(sorted(item for item in rows.items() if item[1])))


def _held(
    connection: DuckDBPyConnection, statement: str, told: dict[str, Any]
) -> tuple[HeldCall, ...]:
    sql = files("audit.store").joinpath("sql", f"{statement}.sql").read_text(encoding="utf-8")
    return tuple(HeldCall(*row) for row in connection.execute(sql, told).fetchall())


def _call_tables(connection: DuckDBPyConnection) -> tuple[str, ...]:
    """Every table with a column ``call_id``, ``calls`` last: what other rows may refer to."""
    names = _column(
        connection,
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_catalog, table_schema, table_name) "
        "WHERE column_name = 'call_id' AND table_type = 'BASE TABLE' AND table_name <> 'calls' "
        "ORDER BY table_name",
    )
    return (*names, "calls")


def _column(connection: DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    return [row[0] for row in connection.execute(sql, list(values)).fetchall()]


def _count(connection: DuckDBPyConnection, sql: str, values: Sequence[Any]) -> int:
    row = connection.execute(sql, list(values)).fetchone()
    return int(row[0]) if row else 0

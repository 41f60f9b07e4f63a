"""Whether a database is sound: questions whose answer must be empty, and every block read once.

Each question lies in ``checks/NAME.sql``: its first line says what must hold, the statement returns
the rows that break it (never what was said in a call). The idea is that of audits in data pipelines
(dbt's singular tests, SQLMesh's audits).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from audit.errors import StoreError
from audit.store.database import database_path

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows of a finding that are shown.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Check:
    """A question: ``rule`` is what must hold, ``sql`` returns the rows that break it."""

    name: str
    rule: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken: how often, and the first rows."""

    check: Check
    count: int
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def checks() -> tuple[Check, ...]:
    """All questions, by name."""
    found = []
    for entry in files("audit.store").joinpath("checks").iterdir():
        if entry.name.endswith(".sql"):
            first, _, sql = entry.read_text(encoding="utf-8").partition("\n")
            found.append(Check(entry.name.removesuffix(".sql"), first.removeprefix("-- "), sql))
    return tuple(sorted(found, key=lambda check: check.name))


def check_database(connection: DuckDBPyConnection) -> tuple[Finding, ...]:
    """What is wrong in the database; empty when nothing is.

    Raises ``StoreError`` when a block of the file is damaged.
    """
    _read_every_block(connection)
    found = (_ask(connection, check) for check in checks())
    return tuple(finding for finding in found if finding is not None)


def _ask(connection: DuckDBPyConnection, check: Check) -> Finding | None:
    (count,) = connection.execute(f"SELECT count(*) FROM ({check.sql})").fetchone() or (0,)
    if not count:
        return None
    answer = connection.execute(f"SELECT * FROM ({check.sql}) LIMIT {_SHOWN}")
    columns = tuple(column[0] for column in answer.description or ())
    return Finding(check, count, columns, tuple(answer.fetchall()))


def _read_every_block(connection: DuckDBPyConnection) -> None:
    """DuckDB checks a block's checksum when it reads it: read all."""
    import duckdb

    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() "
        "WHERE NOT internal AND database_name = current_database() ORDER BY table_name"
    ).fetchall()
    for (table,) in tables:
        try:
            connection.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" AS t').fetchone()
        except duckdb.Error as error:
            why = str(error).splitlines()[0]
            raise StoreError(
                f"{database_path(connection)}: the table {table} cannot be read ({why}). The file is "
                "damaged: put a copy from before in its place and run the same audit again"
            ) from error

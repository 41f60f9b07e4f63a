"""The DuckDB file: opening it, and bringing its schema up to date.

DuckDB lets one process write at a time. A command that writes holds the file until it ends; every
other command opens it read-only and is told plainly when it has to wait.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from audit.errors import StoreError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Migration(NamedTuple):
    """A numbered step of the schema, from ``store/migrations/NNNN_name.sql``."""

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """All steps in order; they are numbered from 1 without a gap."""
    found = []
    for entry in files("audit.store").joinpath("migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name):
            found.append(Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    return tuple(sorted(found))


@contextmanager
def open_database(path: Path, *, write: bool = False) -> Iterator[DuckDBPyConnection]:
    """A connection to the database at ``path``.

    With ``write`` the file is made if need be and its schema is brought up to date; without, it must
    exist and is opened read-only. Raises ``StoreError`` when the file is in use by another process,
    is no DuckDB database, or was made by a newer tasleek.
    """
    import duckdb

    if not write and not path.is_file():
        raise StoreError(
            f"{path}: no such database; `tasleek audit RECORDINGS --db {path}` makes one"
        )
    try:
        connection = duckdb.connect(str(path), read_only=not write)
    except duckdb.IOException as error:
        raise StoreError(_open_failure(path, str(error))) from error
    except duckdb.Error as error:
        raise StoreError(f"{path}: not a database that tasleek can open ({error})") from error
    try:
        if write:
            migrate(connection, path)
        else:
            _check_version(connection, path)
        yield connection
    finally:
        connection.close()


def _open_failure(path: Path, message: str) -> str:
    if "lock" in message:
        process = re.search(r"PID (\d+)", message)
        who = f" by process {process[1]}" if process else ""
        return (
            f"{path} is in use{who}: another tasleek command is writing to it. "
            "Wait until it has ended, or give another file to --db"
        )
    if "not a valid DuckDB" in message:
        return f"{path} is not a DuckDB database; give the file that `tasleek audit` made to --db"
    return (
        f"{path} cannot be opened ({message.splitlines()[0]}); check the folder and its permissions"
    )


def schema_version(connection: DuckDBPyConnection) -> int:
    """The number of the newest migration applied; 0 for an empty database."""
    row = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_migrations'"
    ).fetchone()
    if not row or not row[0]:
        return 0
    row = connection.execute("SELECT max(number) FROM schema_migrations").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def migrate(connection: DuckDBPyConnection, path: Path) -> tuple[Migration, ...]:
    """Apply the missing migrations, each in one transaction with its record; returns those applied."""
    _check_newer(connection, path)
    version = schema_version(connection)
    missing = tuple(step for step in migrations() if step.number > version)
    if not missing:
        return ()
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    for step in missing:
        with transaction(connection):
            connection.execute(step.sql)
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, now())", [step.number, step.name]
            )
            if version == 0 and step.number == 1:
                connection.execute(
                    "INSERT INTO settings VALUES ('caller_salt', ?)", [secrets.token_hex(32)]
                )
    return missing


def _check_newer(connection: DuckDBPyConnection, path: Path) -> None:
    newest = migrations()[-1].number
    if (version := schema_version(connection)) > newest:
        raise StoreError(
            f"{path} was made by a newer tasleek (schema {version}, this one knows {newest}); "
            "install that version, or give another file to --db"
        )


def _check_version(connection: DuckDBPyConnection, path: Path) -> None:
    _check_newer(connection, path)
    if (version := schema_version(connection)) == 0:
        raise StoreError(f"{path} holds no audit; give the file that `tasleek audit` made to --db")
    if version < migrations()[-1].number:
        raise StoreError(f"{path} has an older schema; run `tasleek db migrate --db {path}` once")


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """All statements within are kept together, or none is."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

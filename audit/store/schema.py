"""The tables and views of a database with their columns and types, as DuckDB tells them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.store.database import open_database
from audit.store.report_views import BASE_VIEWS, Selection, create_report_views

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view; ``columns`` are ``(name, type, comment)`` in order."""

    name: str
    comment: str
    columns: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A database of this version: tables, stored views, and the views that questions share."""

    tables: tuple[Relation, ...]
    views: tuple[Relation, ...]
    base_views: tuple[Relation, ...]


def read_schema() -> Schema:
    """The schema that a fresh database has, in the order in which it is made."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.duckdb"
        with open_database(path, write=True) as connection:
            create_report_views(connection, Selection())
            tables = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary "
                "ORDER BY table_oid"
            ).fetchall()
            views = connection.execute(
                "SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary "
                "ORDER BY view_oid"
            ).fetchall()
            return Schema(
                tables=tuple(_relation(connection, name) for (name,) in tables),
                views=tuple(_relation(connection, name) for (name,) in views),
                base_views=tuple(_relation(connection, name) for name in BASE_VIEWS),
            )


def _relation(connection: DuckDBPyConnection, name: str) -> Relation:
    """With the comments that stand in the database itself."""
    columns = connection.execute(
        "SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns() "
        "WHERE table_name = ? AND NOT internal ORDER BY column_index",
        [name],
    ).fetchall()
    row = connection.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = ?", [name]
    ).fetchone()
    return Relation(name, (row[0] if row else None) or "", tuple(columns))

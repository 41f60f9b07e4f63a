"""`tasleek db`: care of the database file."""

from __future__ import annotations

from pathlib import Path

import typer

from audit.cli.options import DatabaseOption


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Care of the database file.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("migrate")(migrate)
    app.add_typer(group, name="db")
    group.callback()(_group)


def _group() -> None:
    """Care of the database file."""


def migrate(db: DatabaseOption = Path("tasleek.duckdb")) -> None:
    """Bring an older database up to this version's schema."""
    from audit.errors import StoreError
    from audit.store.database import open_database, schema_version

    if not db.is_file():
        raise StoreError(f"{db}: no such database; `tasleek audit RECORDINGS --db {db}` makes one")
    with open_database(db, write=True) as connection:
        print(f"{db}: schema {schema_version(connection)}, up to date")

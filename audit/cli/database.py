"""`tasleek db`: care of the database file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from audit.cli import database_protection
from audit.cli.options import DatabaseOption, JsonOption


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Care of the database file.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("migrate")(migrate)
    group.command("check")(check)
    group.command("ingest")(ingest)
    database_protection.register(group)
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


def check(db: DatabaseOption = Path("tasleek.duckdb"), as_json: JsonOption = False) -> None:
    """Ask the database whether it is sound: every block read, nothing missing, nothing twice."""
    from audit.cli.format import json_text, printable
    from audit.store.consistency import check_database, checks
    from audit.store.database import open_database

    with open_database(db) as connection:
        findings = check_database(connection)
    for finding in findings:
        if as_json:
            print(json_text({
                "check": finding.check.name, "rule": finding.check.rule, "count": finding.count,
                "columns": finding.columns, "rows": finding.rows,
            }))  # fmt: skip
            continue
        print(f"{finding.check.name}: {finding.count} rows break the rule: {finding.check.rule}")
        for row in finding.rows:
            told = zip(finding.columns, row, strict=True)
            print("    " + printable("  ".join(f"{name}={value}" for name, value in told)))
    if findings:
        raise typer.Exit(1)
    if not as_json:
        print(f"{db}: sound ({len(checks())} checks, every block read)")


def ingest(
    run: Annotated[Path, typer.Argument(help="Folder that `tasleek audit --run-folder` wrote to.")],
    db: DatabaseOption = Path("tasleek.duckdb"),
    as_json: JsonOption = False,
) -> None:
    """Bring the results of a cluster's run into the database; again, it brings what is new."""
    from dataclasses import asdict

    from audit.cli.format import json_text
    from audit.store.ingest import ingest_run

    summary = ingest_run(run.absolute(), db)
    if as_json:
        print(json_text(asdict(summary)))
        return
    print(
        f"{summary.audited} audited, {summary.unscorable} unscorable, {summary.failed} failed, "
        f"{summary.skipped} there already (of {summary.parts} parts) · {db}"
    )

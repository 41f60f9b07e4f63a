"""`tasleek db new-key`, `db encrypt` and `db accesses`: keys, and who looked at what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.options import DatabaseOption, JsonOption


def register(group: typer.Typer) -> None:
    """Add the commands to the group `tasleek db`."""
    group.command("new-key")(new_key)
    group.command("encrypt")(encrypt)
    group.command("accesses")(accesses)


def new_key(file: Annotated[Path, typer.Argument(help="File to write the key to.")]) -> None:
    """Make a random key for encrypted databases. Keep a copy: without it, the calls are lost."""
    from audit.store.keys import write_new_key

    write_new_key(file)
    print(f"{file}: a new key. Keep a copy of it apart from the database.")


def encrypt(
    db: DatabaseOption = Path("tasleek.duckdb"),
    new_key_file: Annotated[
        Path | None, typer.Option(help="File with the new key of a database that is encrypted.")
    ] = None,
) -> None:
    """Encrypt a database, or change the key of an encrypted one."""
    from audit.store import rewriting

    rewriting.encrypt(db, new_key_file)
    print(f"{db}: encrypted")


def accesses(
    db: DatabaseOption = Path("tasleek.duckdb"),
    call_id: Annotated[
        str | None, typer.Option("--call", help="Only commands that named this call.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List who did what with the calls; exit code 1 when an entry was changed or taken out."""
    from dataclasses import asdict

    from audit.cli.browse import print_table
    from audit.cli.format import json_text
    from audit.store.access import broken_entries, read_accesses
    from audit.store.database import open_database

    with open_database(db) as connection:
        broken = broken_entries(read_accesses(connection, db))
        entries = read_accesses(connection, db, call_id)
    if as_json:
        for entry in entries:
            print(json_text({**asdict(entry), "intact": entry.entry not in broken}))
    else:
        print_table(
            ("entry", "at", "who", "command", "scope", "calls"),
            [
                (str(e.entry), e.at, e.who, e.command, e.scope, str(len(e.call_refs) or ""))
                for e in entries
            ],
        )
    if broken:
        named = ", ".join(map(str, broken))
        print(f"{db}: changed, or something was taken out before: entry {named}", file=sys.stderr)
        raise typer.Exit(1)

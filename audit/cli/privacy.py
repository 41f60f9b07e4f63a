"""`tasleek purge` and `tasleek subject`: deleting calls for good, and answering those who called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import ConfigOption, DatabaseOption, JsonOption
from audit.errors import UsageError

if TYPE_CHECKING:
    from audit.store.deletion import HeldCall

#: Of recordings that are left so many are named: a year of calls would fill the terminal.
_NAMED = 10

ExcerptsOption = Annotated[
    list[Path] | None,
    typer.Option(help="Folder of `tasleek excerpts` to delete from too; may be given again."),
]
RecordingsOption = Annotated[
    bool, typer.Option("--recordings", help="Delete the recordings of these calls too.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would go; delete nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class SubjectAction(StrEnum):
    FIND = "find"
    EXPORT = "export"
    ERASE = "erase"


def register(app: typer.Typer) -> None:
    app.command("purge")(purge)
    app.command("subject")(subject)


def purge(
    db: DatabaseOption = Path("tasleek.duckdb"),
    before: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="ISO 8601 (default: `days` of [retention], from today)."),
    ] = None,
    excerpts: ExcerptsOption = None,
    recordings: RecordingsOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Delete the calls that began before a date, with all that was made of them, for good."""
    from audit.config import load_config
    from audit.store.database import open_database
    from audit.store.deletion import calls_before

    settings = load_config(config)
    limit = _limit(before, settings.retention.days, settings.ingest.timezone)
    with open_database(db) as connection:
        held = calls_before(connection, limit)
    print(f"{len(held)} calls began before {limit.isoformat(timespec='minutes')}")
    _delete(db, held, "purge", excerpts or (), recordings, dry_run, yes, limit)


def subject(
    action: Annotated[
        SubjectAction,
        typer.Argument(case_sensitive=False, help="find, export or erase."),
    ],
    db: DatabaseOption = Path("tasleek.duckdb"),
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Number or account of the caller.")
    ] = None,
    caller_hash: Annotated[
        str | None, typer.Option(metavar="HASH", help="The caller as the database knows it.")
    ] = None,
    ticket: Annotated[str | None, typer.Option(help="A ticket's calls.")] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file to write (export only).")] = None,
    excerpts: ExcerptsOption = None,
    recordings: RecordingsOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a caller's request: find what is held of them, hand it out, or erase it."""
    from audit.store.access import Access, record_access
    from audit.store.database import open_database
    from audit.store.deletion import Subject, calls_of_subject, export_calls

    if sum(value is not None for value in (caller, caller_hash, ticket)) != 1:
        raise UsageError("say whose calls are meant by one of --caller, --caller-hash, --ticket")
    if (out is None) == (action is SubjectAction.EXPORT):
        raise UsageError("give --out FILE to export, and to nothing else")
    whose = Subject(caller, caller_hash, ticket)
    with open_database(db) as connection:
        held = calls_of_subject(connection, whose)
        ids = tuple(call.call_id for call in held)
        rows = export_calls(connection, ids) if out else {}
        record_access(connection, db, Access(f"subject {action.value}", ids))
    if out is not None:
        _export(out, rows, len(held))
    elif action is SubjectAction.ERASE:
        print(f"{len(held)} calls")
        _delete(db, held, "subject erase", excerpts or (), recordings, dry_run, yes)
    else:
        _print_held(held, as_json)


def _limit(before: str | None, days: int, timezone: str) -> datetime:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"timezone {timezone!r} of [ingest] is unknown") from error
    if before is None:
        if days <= 0:
            raise UsageError("give --before DATE, or set days under [retention] in tasleek.toml")
        today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=days)
    try:
        limit = datetime.fromisoformat(before)
    except ValueError as error:
        raise UsageError(f"--before {before!r} is not a date such as 2026-01-31") from error
    return limit if limit.tzinfo else limit.replace(tzinfo=zone)


def _delete(
    db: Path, held: Sequence[HeldCall], command: str, excerpts: Sequence[Path], recordings: bool,
    dry_run: bool, yes: bool, failures_before: datetime | None = None,
) -> None:  # fmt: skip
    from audit.cli.format import printable
    from audit.reporting.excerpt_removal import remove_excerpts
    from audit.store.access import Access, record_access
    from audit.store.database import open_database
    from audit.store.deletion import delete_calls
    from audit.store.erased import note_erased
    from audit.store.rewriting import rewrite

    ids = [call.call_id for call in held]
    clips = sum(remove_excerpts(folder, ids, dry_run=True) for folder in excerpts)
    there = sum(Path(call.path).is_file() for call in held)
    if dry_run:
        _print_held(held, as_json=False)
        print(f"{clips} excerpts; {there} recordings are there. Nothing was deleted.")
        return
    if not held and failures_before is None:
        print("Nothing to delete.")
        return
    if not yes:
        _confirm(f"Delete {len(held)} calls and {clips} excerpts of {db} for good?")
    for folder in excerpts:
        remove_excerpts(folder, ids)
    gone = sum(map(_delete_recording, held)) if recordings else 0
    with open_database(db, write=True) as connection:
        deleted = delete_calls(connection, ids, failures_before)
        told = f"deleted: calls={deleted.calls} rows={deleted.total} excerpts={clips} "
        told += f"recordings={gone}"
        if failures_before is not None:
            told += f" before={failures_before.isoformat()}"
        record_access(connection, db, Access(command, tuple(ids), told), write=True)
        note_erased(connection, db, command, [call.sha256 for call in held if call.sha256])
    rewrite(db)
    print(f"{deleted.calls} calls deleted ({deleted.total} rows, {clips} excerpts) · {db}")
    if there > gone:
        left = [printable(call.path) for call in held if Path(call.path).is_file()]
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        print(
            f"{there - gone} recordings of these calls are still there; delete them: "
            f"{', '.join(left[:_NAMED])}{more}"
        )
        print("They are not audited into this database again, unless by `audit --again`.")
    print("Reports, run folders and backups that were made before hold the calls still.")


def _delete_recording(call: HeldCall) -> bool:
    """Delete the recording of ``call`` if it is the very one that was audited.

    A database may come from outside and name any file; only what has the content of the call goes.
    """
    from audit.errors import TasleekError
    from audit.ingest.recordings import Source, content_sha256

    path = Path(call.path)
    try:
        if path.is_file() and content_sha256(Source(path)) == call.sha256:
            path.unlink()
            return True
    except (OSError, TasleekError):
        pass  # it is told as still there
    return False


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to be asked; give --yes to delete without asking")
    typer.confirm(question, abort=True)


def _export(out: Path, rows: object, calls: int) -> None:
    from audit.cli.format import json_text

    try:
        out.write_text(json_text(rows) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); check the path") from error
    print(f"{calls} calls · {out}")


def _print_held(held: Sequence[HeldCall], as_json: bool) -> None:
    from dataclasses import asdict

    from audit.cli.browse import print_table
    from audit.cli.format import json_text

    if as_json:
        for call in held:
            print(json_text(asdict(call)))
        return
    print_table(
        ("call", "began", "agent", "service", "ticket", "status", "recording"),
        [
            (
                call.call_id, str(call.started_at or "–"), call.agent_id or "–",
                call.service_channel or "–", call.ticket_id or "–", call.status, call.path,
            )
            for call in held
        ],
    )  # fmt: skip

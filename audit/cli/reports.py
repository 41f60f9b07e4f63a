"""`tasleek report` and `tasleek import surveys`."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.days import days
from audit.cli.format import printable
from audit.cli.options import ConfigOption, DatabaseOption, DialectOption

if TYPE_CHECKING:
    from audit.reporting.report import Report
    from audit.types import SurveyAnswer


class ReportFormat(StrEnum):
    html = "html"
    xlsx = "xlsx"
    pdf = "pdf"
    csv = "csv"
    parquet = "parquet"
    json = "json"


class ReportDimension(StrEnum):
    agent = "agent"
    vendor = "vendor"
    service_channel = "service_channel"
    queue = "queue"
    week = "week"


class ReportLanguage(StrEnum):
    ar = "ar"
    en = "en"


def register(app: typer.Typer) -> None:
    app.command("report")(report)
    group = typer.Typer(
        help="Bring in what other systems know.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("surveys")(import_surveys)
    app.add_typer(group, name="import")
    group.callback()(_import_group)


def _import_group() -> None:
    """Bring in what other systems know."""


def report(
    format: Annotated[ReportFormat, typer.Option("--format", help="What to write.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="File to write; for csv and parquet a folder, unless --by is given."
        ),
    ],
    db: DatabaseOption = Path("tasleek.duckdb"),
    by: Annotated[
        ReportDimension | None,
        typer.Option(help="Only this dimension, with its kinds of brush-off."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only calls from this day on (2026-11-01).")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only calls up to this day, the day included."),
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only calls of this agent.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only calls of this vendor.")] = None,
    service_channel: Annotated[
        str | None, typer.Option(help="Only calls of this service channel.")
    ] = None,
    queue: Annotated[str | None, typer.Option(help="Only calls of this queue.")] = None,
    dialect: DialectOption = None,
    lang: Annotated[
        ReportLanguage, typer.Option(help="Language of html, xlsx and pdf.")
    ] = ReportLanguage.ar,
    min_calls: Annotated[
        int, typer.Option(min=1, help="Groups with fewer judged calls are listed, but not ranked.")
    ] = 10,
    excerpts: Annotated[
        Path | None,
        typer.Option(help="Folder made by `tasleek excerpts`: html and xlsx link its files."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Report on the calls of a database: rates with intervals, evidence, comparisons."""
    from audit.config import load_config
    from audit.ingest.dialects import dialect_code
    from audit.reporting.write import ReportRequest, write_report
    from audit.store.report_views import Selection

    first, last = days(since, until)
    selection = Selection(
        since=first,
        until=last,
        agent=agent,
        vendor=vendor,
        service_channel=service_channel,
        queue=queue,
        dialect=dialect and dialect_code(dialect),
        min_calls=min_calls,
        timezone=load_config(config).ingest.timezone,
    )
    request = ReportRequest(
        format=format.value,
        out=out,
        selection=selection,
        by=by.value if by else None,
        language=lang.value,
        excerpts=excerpts,
    )
    written, files = write_report(db, request)
    _print_written(written, files, out)


def _print_written(report: Report, files: tuple[Path, ...], out: Path) -> None:
    overview = report.table("overview")
    assert overview is not None, "every report has an overview"
    numbers = overview.records()[0]
    what = str(files[0]) if len(files) == 1 else f"{out}: {len(files)} files"
    print(
        printable(
            f"{what} · {numbers['calls']} calls, {numbers['audited']} judged, "
            f"{numbers['unscorable']} unscorable, {numbers['failed']} failed"
        )
    )


def import_surveys(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with the columns score, and call_id or caller with date; comment if there is one."
        ),
    ],
    db: DatabaseOption = Path("tasleek.duckdb"),
    config: ConfigOption = None,
) -> None:
    """Bring in what callers answered in surveys; the same file twice changes nothing."""
    from audit.config import load_config
    from audit.errors import StoreError
    from audit.ingest.surveys import read_surveys
    from audit.store.database import open_database
    from audit.store.surveys import store_surveys

    if not db.is_file():
        raise StoreError(f"{db}: no such database; `tasleek audit RECORDINGS --db {db}` makes one")
    settings = load_config(config)
    bad: list[tuple[int, str]] = []
    answers: list[SurveyAnswer] = []
    for item in read_surveys(file, settings.ingest.timezone):
        if isinstance(item, tuple):
            bad.append(item)
        else:
            answers.append(item if settings.privacy.keep_pii else _redacted(item))
    with open_database(db, write=True) as connection:
        stored = store_surveys(connection, answers)
    for line, reason in sorted((*bad, *stored.unmatched)):
        print(printable(f"{file} line {line}: {reason}"), file=sys.stderr)
    print(
        f"{stored.new} new, {stored.corrected} corrected, {stored.known} known before, "
        f"{len(stored.unmatched)} not matched, {len(bad)} bad lines"
    )
    if bad:
        raise typer.Exit(1)


def _redacted(answer: SurveyAnswer) -> SurveyAnswer:
    """With personal data in the comment replaced, as it is in what is said in calls."""
    from audit.language.redaction import redact

    return replace(answer, comment=redact(answer.comment).text) if answer.comment else answer

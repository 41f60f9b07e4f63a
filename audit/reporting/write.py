"""Writes a report in the format that was asked for, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audit.errors import UsageError
from audit.reporting.excerpt_links import NO_EXCERPTS, ExcerptLinks, read_excerpt_links
from audit.reporting.load import all_rows, load_report, questions_of
from audit.reporting.report import Cell, Dimension, Language, Report, ReportTable
from audit.store.database import open_database
from audit.store.report_views import ALL_CALLS, Selection, write_parquet

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Format = Literal["html", "xlsx", "pdf", "csv", "parquet", "json"]
#: Formats with a file for each table.
TABLE_FORMATS = ("csv", "parquet")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What to report on, and how. ``excerpts`` is a folder that `tasleek excerpts` made."""

    format: Format
    out: Path
    selection: Selection = ALL_CALLS
    by: Dimension | None = None
    language: Language = "ar"
    excerpts: Path | None = None


def write_report(database: Path, request: ReportRequest) -> tuple[Report, tuple[Path, ...]]:
    """Write the report on ``database``; returns it and the files made.

    CSV and Parquet have a file a table: ``out`` is a folder, in which files of an earlier report are
    replaced and all others are left alone. With ``by`` they are the one table of that dimension, and
    ``out`` is a file, as it is for every other format. Raises ``UsageError`` when ``out`` cannot be
    what it has to be, or when no call is selected.
    """
    files = _files(request)
    parts = tuple(_part(file) for file in files.values())
    links = _links(request)
    with (
        open_database(database, others=parts) as connection,
        _replacing(tuple(files.values())),
    ):
        report = load_report(connection, database, request.selection, request.by)
        if request.format in TABLE_FORMATS:
            for name, file in files.items():
                _write_table(connection, report, name, _part(file), request.format)
        else:
            (part,) = parts
            _write_whole(connection, report, part, request, links)
    return report, tuple(files.values())


def _files(request: ReportRequest) -> dict[str, Path]:
    """The files to be made by the table that each holds; all tables in one where the name is empty."""
    out = request.out
    several = request.format in TABLE_FORMATS and request.by is None
    if several and out.exists() and not out.is_dir():
        raise UsageError(
            f"{out}: is a file, and {request.format} has a file for each table; name a folder, or ask "
            "for one table with --by"
        )
    if not several and out.is_dir():
        raise UsageError(
            f"{out}: is a folder; name a file, such as {out / f'report.{request.format}'}"
        )
    folder = out if several else out.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be made ({error.strerror}); choose another --out"
        ) from error
    questions = questions_of(request.by)
    if several:
        return {q.name: out / f"{q.name}.{request.format}" for q in questions}
    if request.format in TABLE_FORMATS:
        return {questions[1].name: out}
    return {"": out}


def _links(request: ReportRequest) -> ExcerptLinks:
    if request.excerpts is None:
        return NO_EXCERPTS
    if request.format not in ("html", "xlsx"):
        raise UsageError(f"--excerpts are linked by html and xlsx; {request.format} has no links")
    return read_excerpt_links(request.excerpts, request.out)


def _part(file: Path) -> Path:
    """Where a file is written until it is whole."""
    return file.with_name(f".{file.name}.part")


@contextmanager
def _replacing(files: tuple[Path, ...]) -> Iterator[None]:
    """Put the parts written within in the place of ``files``; take them away if anything fails."""
    try:
        yield
        for file in files:
            os.replace(_part(file), file)
    except OSError as error:
        named = error.filename or files[0].parent
        raise UsageError(
            f"{named}: cannot be written ({error.strerror or error}); choose another --out"
        ) from error
    finally:
        for file in files:
            _part(file).unlink(missing_ok=True)


def _write_table(
    connection: DuckDBPyConnection, report: Report, name: str, part: Path, format_: Format
) -> None:
    from audit.reporting.flat_files import write_csv

    table = report.table(name)
    assert table is not None, "the files are those of the report's questions"
    if format_ == "parquet":
        part.touch()  # the same message for a folder that cannot be written to as of other formats
        write_parquet(connection, name, part)
    else:
        write_csv(table.question, all_rows(connection, report, table), part)


def _write_whole(
    connection: DuckDBPyConnection,
    report: Report,
    part: Path,
    request: ReportRequest,
    links: ExcerptLinks,
) -> None:
    def rows(table: ReportTable, limit: int | None = None) -> Iterable[tuple[Cell, ...]]:
        return all_rows(connection, report, table, limit)

    part.touch()
    if request.format == "json":
        from audit.reporting.flat_files import write_json

        write_json(report, rows, part)
    elif request.format == "xlsx":
        from audit.reporting.workbook import write_workbook

        write_workbook(report, rows, part, language=request.language, excerpts=links)
    elif request.format == "html":
        from audit.reporting.html import write_html

        write_html(report, part, language=request.language, excerpts=links)
    else:
        from audit.reporting.pdf import write_pdf

        write_pdf(report, part, language=request.language)

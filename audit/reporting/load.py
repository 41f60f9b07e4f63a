"""Asks the questions of a report and gives their answers as one ``Report``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

from audit import __version__
from audit.errors import UsageError
from audit.reporting.questions import read_question
from audit.reporting.report import Cell, Dimension, Question, Report, ReportTable
from audit.reporting.wording import described_selection
from audit.store.report_views import (
    ALL_CALLS,
    QUESTIONS,
    Selection,
    answers,
    count_answers,
    create_report_views,
    keep_answers,
    read_origin,
    selected_count,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows of a table that a person reads on a page; the formats for machines and Excel have all.
SHOWN_ROWS = 1_000
#: Of questions whose rows carry what was said in a call.
SHOWN_MOMENTS = 400
_MOMENTS = ("flagged_calls", "broken_promises", "repeat_contacts", "best_calls")

#: Kinds whose values are tuples; DuckDB tells lists.
_LISTS = ("codes", "words")

DIMENSIONS: tuple[str, ...] = get_args(Dimension)


def questions_of(by: Dimension | None = None) -> tuple[Question, ...]:
    """The questions of a report, in order: of one dimension, if ``by`` is given."""
    names = ("overview", f"{by}s", f"labels_by_{by}") if by else QUESTIONS
    return tuple(read_question(name) for name in names)


def load_report(
    connection: DuckDBPyConnection,
    database: Path,
    selection: Selection = ALL_CALLS,
    by: Dimension | None = None,
) -> Report:
    """The report on the calls of ``selection``, its long tables cut short for a page.

    ``by`` asks about one dimension only. Raises ``UsageError`` when no call is selected.
    """
    select_calls(connection, selection)
    if by is None:
        keep_answers(connection, "next_contacts")
    return Report(
        selection=selection,
        by=by,
        database=database,
        version=__version__,
        generated_at=datetime.now(UTC).astimezone(ZoneInfo(selection.timezone)),
        origin=read_origin(connection),
        tables=tuple(load_table(connection, question, selection) for question in questions_of(by)),
    )


def select_calls(connection: DuckDBPyConnection, selection: Selection) -> None:
    """Make the views for ``selection``; raises ``UsageError`` when it holds no call."""
    create_report_views(connection, selection)
    if selected_count(connection):
        return
    origin = read_origin(connection)
    if not origin.calls:
        raise UsageError("the database holds no calls yet; run `tasleek audit RECORDINGS` first")
    span = ""
    if origin.first_call and origin.last_call:
        zone = ZoneInfo(selection.timezone)
        first, last = origin.first_call.astimezone(zone), origin.last_call.astimezone(zone)
        span = f", from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    raise UsageError(
        f"none of the {origin.calls} calls of the database{span} is of the selection: "
        f"{described_selection(selection, 'en')}; `tasleek calls` lists the calls"
    )


def rows_of(
    connection: DuckDBPyConnection,
    question: Question,
    selection: Selection,
    limit: int | None = None,
) -> Iterator[tuple[Cell, ...]]:
    """The answer to a question on the calls selected before, row by row.

    Lists become tuples, and times stand in the selection's time zone.
    """
    zone = ZoneInfo(selection.timezone)
    times = [at for at, column in enumerate(question.columns) if column.kind == "timestamp"]
    lists = [at for at, column in enumerate(question.columns) if column.kind in _LISTS]
    for row in answers(connection, question.name, limit):
        cells = list(row)
        for at in times:
            cells[at] = cells[at] and cells[at].astimezone(zone)
        for at in lists:
            cells[at] = None if cells[at] is None else tuple(cells[at])
        yield tuple(cells)


def all_rows(
    connection: DuckDBPyConnection, report: Report, table: ReportTable, limit: int | None = None
) -> Iterable[tuple[Cell, ...]]:
    """Rows of a table of ``report``, which was loaded on the same connection just before."""
    if table.total_rows == len(table.rows) or (limit is not None and limit <= len(table.rows)):
        return table.rows[:limit]
    return rows_of(connection, table.question, report.selection, limit)


def load_table(
    connection: DuckDBPyConnection, question: Question, selection: Selection
) -> ReportTable:
    """The answer to a question on the calls selected before, cut short for a page."""
    limit = SHOWN_MOMENTS if question.name in _MOMENTS else SHOWN_ROWS
    rows = tuple(rows_of(connection, question, selection, limit))
    total = count_answers(connection, question.name) if len(rows) == limit else len(rows)
    return ReportTable(question, rows, total)

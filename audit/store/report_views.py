"""The questions of the reports as views: the SQL files under ``reports/``, made when a file is opened.

They are temporary views, so that a database that is opened read-only has them too, and so that the
files are their only definition: ``reports/agents.sql`` is the view ``agents_report``. All read the one
row of ``report_selection``, which says which calls a report is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import UsageError
from audit.resources import resource_path
from audit.store.connection import literal, zone

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DEFAULT_MIN_CALLS = 10
DEFAULT_TIMEZONE = "Asia/Riyadh"

#: Views that the questions share, each after those that it reads.
BASE_VIEWS = (
    "taxonomy_labels",
    "reviewed_calls",
    "reviewed_labels",
    "selected_calls",
    "flags_that_count",
    "selected_flags",
    "flagged_moments",
    "next_contacts",
    "promise_outcomes",
    "surveyed_calls",
)
#: The questions, in the order of a report.
QUESTIONS = (
    "overview",
    "weeks",
    "labels",
    "resolutions",
    "service_channels",
    "channel_differences",
    "vendors",
    "queues",
    "agents",
    "waiting",
    "promises_kept",
    "broken_promises",
    "repeats",
    "repeat_contacts",
    "satisfaction",
    "satisfaction_correlation",
    "best_calls",
    "flagged_calls",
)
#: Questions that are asked only where a report is about one dimension.
QUESTIONS_BY = (
    "labels_by_agent",
    "labels_by_vendor",
    "labels_by_service_channel",
    "labels_by_queue",
    "labels_by_week",
)

#: Questions that only add words to the rows of a view.
_MOMENTS = {"flagged_calls": "flagged_moments"}
_FETCHED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which calls a report is about, and how it treats small groups.

    ``since`` and ``until`` are days in ``timezone``, both within; undated calls are left out where
    either is given. ``min_calls`` is how many judged calls a group needs to be ranked.
    """

    since: date | None = None
    until: date | None = None
    agent: str | None = None
    vendor: str | None = None
    service_channel: str | None = None
    queue: str | None = None
    dialect: str | None = None
    min_calls: int = DEFAULT_MIN_CALLS
    timezone: str = DEFAULT_TIMEZONE


#: Nothing is filtered.
ALL_CALLS = Selection()


def question_path(name: str) -> Path:
    """The SQL file of a question."""
    return resource_path(f"reports/{name}.sql")


def base_path(name: str) -> Path:
    """The SQL file of a view that questions share, or their ``formulas`` or ``groups``."""
    return resource_path(f"reports/base/{name}.sql")


def create_report_views(connection: DuckDBPyConnection, selection: Selection) -> None:
    """Make the temporary views for the calls of ``selection``.

    Weeks are cut in the selection's time zone. Raises ``StoreError`` where there is no such zone,
    ``UsageError`` where no call of the database has the selection's dialect.
    """
    _check_dialect(connection, selection.dialect)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE report_selection (since TIMESTAMPTZ, until TIMESTAMPTZ, "
        "agent VARCHAR, vendor VARCHAR, service_channel VARCHAR, queue VARCHAR, dialect VARCHAR, "
        "min_calls INTEGER, timezone VARCHAR)"
    )
    connection.execute(
        "INSERT INTO report_selection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            _midnight(selection.since, selection.timezone),
            _midnight(_next_day(selection.until), selection.timezone),
            selection.agent, selection.vendor, selection.service_channel, selection.queue,
            selection.dialect, selection.min_calls, selection.timezone,
        ],
    )  # fmt: skip
    connection.execute(_read(base_path("formulas")))
    for name in BASE_VIEWS:
        _create_view(connection, name, base_path(name))
    connection.execute(_read(base_path("groups")))
    for name in (*QUESTIONS, *QUESTIONS_BY):
        _create_view(connection, f"{name}_report", question_path(name))


def _check_dialect(connection: DuckDBPyConnection, dialect: str | None) -> None:
    if dialect is None:
        return
    rows = connection.execute(
        "SELECT dialect, count(*) FROM calls WHERE dialect IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    if dialect not in dict(rows):
        known = ", ".join(f"{name} ({calls})" for name, calls in rows)
        raise UsageError(
            f"--dialect {dialect!r}: no call has it; those of this database are {known}"
            if known
            else f"--dialect {dialect!r}: no call of this database has a dialect; name it in the "
            "column dialect of the manifest"
        )


def _create_view(connection: DuckDBPyConnection, name: str, path: Path) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_read(path)}")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _next_day(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None


def _midnight(day: date | None, timezone: str) -> datetime | None:
    return datetime.combine(day, time(), zone(timezone)) if day else None


def keep_answers(connection: DuckDBPyConnection, view: str) -> None:
    """Ask a view of ``BASE_VIEWS`` once for all questions to come, until the selection changes."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept_{view} AS FROM {view}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS FROM kept_{view}")


def count_answers(connection: DuckDBPyConnection, question: str) -> int:
    """How many rows a question of ``QUESTIONS`` or ``QUESTIONS_BY`` has."""
    rows = _MOMENTS.get(question, f"{question}_report")
    row = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
    return int(row[0]) if row else 0


def answers(
    connection: DuckDBPyConnection, question: str, limit: int | None = None
) -> Iterator[tuple[Any, ...]]:
    """The rows of a question in its order, at most ``limit``; some thousands in memory at a time.

    Read them to the end, or close the iterator, before anything else is asked of ``connection``.
    """
    # A cursor of its own would not see the temporary views. DuckDB 2.0.0 leaves a LIMIT out where it
    # underestimates the rows of a view (seen with 5 for 2), so they are counted here as well.
    with _moments_alone(connection, question, limit):
        answer = connection.execute(f"FROM {question}_report LIMIT ?", [limit])
        left = limit
        while rows := answer.fetchmany(_FETCHED_AT_ONCE):
            yield from rows[:left]
            if left is not None and (left := left - len(rows)) <= 0:
                return


@contextmanager
def _moments_alone(
    connection: DuckDBPyConnection, question: str, limit: int | None
) -> Iterator[None]:
    """Within, the view that ``question`` adds words to holds only the rows that are asked for: else
    DuckDB looks up the words of all of them first."""
    view = _MOMENTS.get(question)
    if view is None or limit is None:
        yield
        return
    _, _, order = _read(question_path(question)).rpartition("ORDER BY")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS FROM ({_read(base_path(view))}) "
        f"ORDER BY {order} LIMIT {limit:d}"
    )
    try:
        yield
    finally:
        _create_view(connection, view, base_path(view))


@dataclass(frozen=True, slots=True)
class Origin:
    """What made the audits of a database: of its runs, each named once, newest first."""

    recognizers: tuple[str, ...]
    classifiers: tuple[str, ...]
    calls: int
    first_call: datetime | None
    last_call: datetime | None


def read_origin(connection: DuckDBPyConnection) -> Origin:
    """Of the whole database, whatever is selected."""
    named = {
        column: connection.execute(
            f"SELECT {column} FROM runs GROUP BY 1 ORDER BY max(started_at) DESC"
        ).fetchall()
        for column in ("recognizer", "classifier")
    }
    row = connection.execute(
        "SELECT count(*), min(started_at), max(started_at) FROM calls"
    ).fetchone()
    assert row is not None
    return Origin(
        tuple(name for (name,) in named["recognizer"]),
        tuple(name for (name,) in named["classifier"]),
        *row,
    )


def selected_count(connection: DuckDBPyConnection) -> int:
    """How many calls the selection holds."""
    row = connection.execute("SELECT count(*) FROM selected_calls").fetchone()
    return int(row[0]) if row else 0


def write_parquet(connection: DuckDBPyConnection, question: str, out: Path) -> None:
    """The whole answer to a question as a Parquet file, with the types of the database.

    ``out`` must be among the ``others`` that the database was opened with. Raises ``OSError`` when it
    cannot be written.
    """
    import duckdb

    # No other file is allowed, so DuckDB may not write beside ``out`` and rename.
    options = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"
    try:
        connection.execute(f"COPY (FROM {question}_report) TO {literal(str(out))} ({options})")
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from error

"""A report as values: tables of typed columns with titles in Arabic and English.

Every format (HTML, PDF, Excel …) is made from these and from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, get_args

from audit.store.report_views import Origin, Selection

Language = Literal["ar", "en"]
#: What a report can be about alone.
Dimension = Literal["agent", "vendor", "service_channel", "queue", "week"]

#: What the values of a column are. All may be ``None``: not known, or not applicable.
#:
#: text          str, a name as it was told (agent, vendor, queue)
#: call          str, the call_id of a call
#: code          str of a fixed vocabulary; ``wording.code_title`` has its wording
#: codes         tuple of such
#: quote         str, what was said in a call: foreign text, of either direction
#: words         tuple of str, single words that were said
#: integer       int, a count or a number
#: decimal       float
#: share         float in 0..1
#: difference    float in -1..1, of two shares
#: probability   float in 0..1, given by a classifier
#: score         float in 0..100, 0 exemplary
#: coefficient   float in -1..1
#: duration_ms   int, how long, in milliseconds
#: offset_ms     int, where in a recording, in milliseconds from its start
#: timestamp     datetime with the report's time zone
#: date          date
#: boolean       bool
ColumnKind = Literal[
    "text", "call", "code", "codes", "quote", "words", "integer", "decimal", "share", "difference",
    "probability", "score", "coefficient", "duration_ms", "offset_ms", "timestamp", "date",
    "boolean",
]  # fmt: skip
COLUMN_KINDS: tuple[str, ...] = get_args(ColumnKind)
NUMBER_KINDS: tuple[ColumnKind, ...] = (
    "integer", "decimal", "share", "difference", "probability", "score", "coefficient",
    "duration_ms", "offset_ms",
)  # fmt: skip

Cell = str | int | float | bool | datetime | date | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Title:
    """A wording in both languages."""

    en: str
    ar: str

    def text(self, language: Language) -> str:
        return self.ar if language == "ar" else self.en


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """``name`` is that of the SQL view; ``meaning`` is one line in English."""

    name: str
    kind: ColumnKind
    title: Title
    meaning: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a report asks: a file under ``reports/``, by its header."""

    name: str
    asks: str
    title: Title
    grain: str
    columns: tuple[ReportColumn, ...]
    note: Title | None = None


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The answer to a question. ``total_rows`` is how many rows it has before it was cut short."""

    question: Question
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int

    @property
    def name(self) -> str:
        return self.question.name

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        return self.question.columns

    def records(self) -> list[dict[str, Cell]]:
        """The rows as name to value."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Report:
    """All tables of a report in their order. ``by`` is the one dimension it is about, if it is."""

    selection: Selection
    by: Dimension | None
    database: Path
    version: str
    generated_at: datetime
    origin: Origin
    tables: tuple[ReportTable, ...]

    def table(self, name: str) -> ReportTable | None:
        """The table of a question; ``None`` where this report does not ask it."""
        return next((table for table in self.tables if table.name == name), None)

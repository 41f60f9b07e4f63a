"""Reads the headers of the SQL files under ``reports/``: what each asks and what its columns are.

A header is the comment at the top of a file::

    -- What it answers.
    -- title: English | عربي
    -- grain: one row a ...
    -- note: English | عربي                      (where readers need one)
    -- columns:
    --   name kind English | عربي | what it means
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import cast

from audit.reporting.report import COLUMN_KINDS, ColumnKind, Question, ReportColumn, Title
from audit.store.report_views import question_path

_FIELD = re.compile(r"(title|grain|note|columns):\s*(.*)")
_COLUMN = re.compile(r"(\w+)\s+(\w+)\s+(.+?) \| (.+?) \| (.+)")


@cache
def read_question(name: str) -> Question:
    """The question ``name``. Raises ``ValueError`` naming the line of a header that does not parse."""
    return parse_question(name, question_path(name))


def parse_question(name: str, path: Path) -> Question:
    """As ``read_question``, of a file given by its path."""
    fields: dict[str, str] = {}
    columns: list[ReportColumn] = []
    asks: list[str] = []
    for line in header_lines(path):
        if match := _FIELD.fullmatch(line):
            fields[match[1]] = match[2]
        elif "columns" in fields:
            columns.append(_column(line, path))
        elif fields:
            raise ValueError(f"{path}: {line!r} belongs to no field of the header")
        else:
            asks.append(line)
    if missing := {"title", "grain", "columns"} - set(fields):
        raise ValueError(f"{path}: the header has no {min(missing)}")
    return Question(
        name=name,
        asks=" ".join(asks),
        title=_title(fields["title"], path),
        grain=fields["grain"],
        columns=tuple(columns),
        note=_title(fields["note"], path) if "note" in fields else None,
    )


def header_lines(path: Path) -> list[str]:
    """The comment at the top of an SQL file, without its marks."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return lines


def _column(line: str, path: Path) -> ReportColumn:
    match = _COLUMN.fullmatch(line)
    if match is None or match[2] not in COLUMN_KINDS:
        raise ValueError(f"{path}: {line!r} is no column: name kind English | Arabic | meaning")
    return ReportColumn(
        match[1], cast(ColumnKind, match[2]), Title(match[3], match[4].strip()), match[5]
    )


def _title(value: str, path: Path) -> Title:
    english, mark, arabic = value.partition(" | ")
    if not mark:
        raise ValueError(f"{path}: {value!r} lacks one of its languages: English | Arabic")
    return Title(english.strip(), arabic.strip())

"""Reports for machines: CSV and JSON, every row, as the database has it (codes, not wording)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from audit.reporting.report import NUMBER_KINDS, Cell, Question, Report, ReportTable

Rows = Iterable[tuple[Cell, ...]]

#: Beginnings by which a spreadsheet takes a text for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Between the parts of a list in one CSV cell.
_LIST_MARK = " | "


def write_csv(question: Question, rows: Rows, out: Path) -> int:
    """One table as UTF-8 CSV with a byte order mark, by which Excel knows the encoding; counts rows.

    The header has the names of the columns. A text that a spreadsheet would take for a formula gets an
    apostrophe before it. Times are ISO 8601.
    """
    # The csv module writes numbers and unknown values as we do; a million calls for those take a second.
    worded = [at for at, column in enumerate(question.columns) if column.kind not in NUMBER_KINDS]
    count = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in question.columns])
        for row in rows:
            cells: list[Cell] = list(row)
            for at in worded:
                cells[at] = csv_cell(cells[at])
            writer.writerow(cells)
            count += 1
    return count


def csv_cell(cell: Cell) -> str:
    """A value as CSV text; empty where it is not known."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (datetime, date)):
        return cell.isoformat()
    if isinstance(cell, tuple):
        cell = _LIST_MARK.join(cell)
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
    return repr(cell)


def write_json(report: Report, all_rows: Callable[[ReportTable], Rows], out: Path) -> None:
    """The report as one object: what it is about, and each table with its columns and every row.

    Rows are objects by column name, one a line; times are ISO 8601, shares are in 0..1.
    """
    with out.open("w", encoding="utf-8") as file:
        file.write(f'{{"report": {_json(_about(report))},\n"tables": {{')
        for number, table in enumerate(report.tables):
            question = table.question
            file.write(("," if number else "") + f"\n{_json(question.name)}: {{")
            file.write(f'"columns": {_json(_columns(question))},\n"rows": [')
            file.writelines(_json_rows(question, all_rows(table)))
            file.write("]}")
        file.write("\n}}\n")


def _about(report: Report) -> dict[str, Any]:
    return {
        "selection": asdict(report.selection),
        "by": report.by,
        "database": report.database.name,
        "tasleek": report.version,
        "generated_at": report.generated_at,
        "recognizers": report.origin.recognizers,
        "classifiers": report.origin.classifiers,
    }


def _columns(question: Question) -> list[dict[str, str]]:
    return [
        {"name": column.name, "kind": column.kind, "meaning": column.meaning}
        for column in question.columns
    ]


def _json_rows(question: Question, rows: Rows) -> Iterator[str]:
    names = [column.name for column in question.columns]
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + _json(dict(zip(names, row, strict=True)))


def _json_time(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


#: ``json.dumps`` with options makes an encoder anew for every row.
_json = json.JSONEncoder(ensure_ascii=False, default=_json_time).encode

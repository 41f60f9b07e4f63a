"""Answers of callers to surveys, as CSV: what they felt about a call."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from audit.errors import UsageError
from audit.types import SurveyAnswer

COLUMNS = ("call_id", "caller", "date", "score", "comment")


def read_surveys(path: Path, timezone: str) -> Iterator[SurveyAnswer | tuple[int, str]]:
    """The answers of a CSV file in order; ``(line, what is wrong)`` for a line that is none.

    ``date`` is ISO 8601, with a time or without, in ``timezone`` where it names no other. Raises
    ``UsageError`` when the file is missing, is no CSV, or lacks the columns it needs.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file; give the CSV file of the survey")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(",;\t", key=first.count), strict=True)
            _check_columns(path, reader.fieldnames or ())
            for row in reader:
                told = {name: (row[name] or "").strip() for name in COLUMNS if name in row}
                if any(told.values()):
                    yield _answer(reader.line_num, told, ZoneInfo(timezone))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: not a UTF-8 CSV file ({error}); save it as CSV UTF-8") from error


def _check_columns(path: Path, names: Sequence[str]) -> None:
    named = set(names)
    if "score" not in named or not ("call_id" in named or {"caller", "date"} <= named):
        raise UsageError(
            f"{path}: the header must name score, and call_id or caller with date; it has: "
            f"{', '.join(names) or 'nothing'}"
        )


def _answer(line: int, told: Mapping[str, str], zone: ZoneInfo) -> SurveyAnswer | tuple[int, str]:
    call_id, caller = told.get("call_id") or None, told.get("caller") or None
    date = _western(told.get("date", ""))
    if not call_id and not (caller and date):
        return line, "names no call: give call_id, or caller and date"
    try:
        score = float(_western(told["score"]).replace(",", "."))
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        return line, f"score {told['score']!r} is not a number"
    try:
        told_at = datetime.fromisoformat(date) if date else None
    except ValueError:
        return line, f"date {told['date']!r} is not ISO 8601 such as 2026-11-03 or 2026-11-03T09:15"
    if told_at and told_at.tzinfo is None:
        told_at = told_at.replace(tzinfo=zone)
    return SurveyAnswer(
        line=line,
        score=score,
        call_id=call_id,
        caller=None if call_id else caller,
        told_at=told_at,
        dated_by_day=bool(re.fullmatch(r"[\d-]+(W\d.*)?", date)),
        comment=told.get("comment") or None,
    )


def _western(text: str) -> str:
    """With western digits and decimal point instead of Arabic ones."""
    digits = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    return digits.replace("\N{ARABIC DECIMAL SEPARATOR}", ".")

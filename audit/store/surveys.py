"""Storing what callers answered in surveys: one answer a call and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from audit.store.database import transaction
from audit.store.writer import caller_salt, hash_caller
from audit.types import SurveyAnswer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class SurveyImport:
    """What became of answers: stored, in place of an other answer of the same call and time, or there
    already. ``unmatched`` are lines with the reason why no call was found."""

    new: int
    corrected: int
    known: int
    unmatched: tuple[tuple[int, str], ...]


def store_surveys(connection: DuckDBPyConnection, answers: Sequence[SurveyAnswer]) -> SurveyImport:
    """Match ``answers`` to calls and store those that match, all or none.

    An answer of a call and time that is stored already is replaced; of two in ``answers`` the later
    line counts.
    """
    with transaction(connection):
        _stage(connection, answers)
        matches = connection.execute(
            files("audit.store").joinpath("sql", "match_surveys.sql").read_text("utf-8")
        ).fetchall()
        newest = {}
        for answer, (line, candidates, call_id, stored, same) in zip(answers, matches, strict=True):
            assert line == answer.line, "answers are in order of their lines"
            if candidates == 1:
                newest[call_id, answer.told_at] = (answer, stored, same)
        changed = [
            (call_id, answer) for (call_id, _), (answer, _, same) in newest.items() if not same
        ]
        _replace(connection, changed)
        connection.execute("DROP TABLE survey_answers")
    return SurveyImport(
        new=sum(not stored for _, stored, _ in newest.values()),
        corrected=sum(stored and not same for _, stored, same in newest.values()),
        known=sum(same for _, _, same in newest.values()),
        unmatched=tuple(
            (answer.line, _reason(answer, candidates))
            for answer, (_, candidates, *_) in zip(answers, matches, strict=True)
            if candidates != 1
        ),
    )


def _reason(answer: SurveyAnswer, candidates: int) -> str:
    if answer.call_id:
        return f"no call {answer.call_id!r} in this database"
    if candidates:
        return (
            f"the caller made {candidates} calls on that day; give call_id, or date with its time"
        )
    when = "on that day" if answer.dated_by_day else "in the 48 hours before"
    return f"no call of that caller {when}"


def _stage(connection: DuckDBPyConnection, answers: Sequence[SurveyAnswer]) -> None:
    salt = caller_salt(connection)
    columns = {
        "line": ("INTEGER", [a.line for a in answers]),
        "call_id": ("VARCHAR", [a.call_id for a in answers]),
        "caller_hash": (
            "VARCHAR", [hash_caller(a.caller, salt) if a.caller else None for a in answers]
        ),
        "told_at": ("TIMESTAMPTZ", [a.told_at for a in answers]),
        "day_end": (
            "TIMESTAMPTZ", [a.told_at + timedelta(days=1) if a.told_at else None for a in answers]
        ),
        "dated_by_day": ("BOOLEAN", [a.dated_by_day for a in answers]),
        "score": ("DOUBLE", [a.score for a in answers]),
        "comment": ("VARCHAR", [a.comment for a in answers]),
    }  # fmt: skip
    names = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, (kind, _) in columns.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE survey_answers AS SELECT {names}",
        [values for _, values in columns.values()],
    )


def _replace(connection: DuckDBPyConnection, changed: Sequence[tuple[str, SurveyAnswer]]) -> None:
    rows = [
        [call_id for call_id, _ in changed],
        [answer.told_at for _, answer in changed],
        [answer.score for _, answer in changed],
        [answer.comment for _, answer in changed],
    ]
    connection.execute(
        "DELETE FROM surveys USING (SELECT unnest(?::VARCHAR[]) AS call_id, "
        "unnest(?::TIMESTAMPTZ[]) AS told_at) AS changed WHERE surveys.call_id = changed.call_id "
        "AND surveys.answered_at IS NOT DISTINCT FROM changed.told_at",
        rows[:2],
    )
    connection.execute(
        "INSERT INTO surveys (call_id, answered_at, score, comment, imported_at) SELECT "
        "unnest(?::VARCHAR[]), unnest(?::TIMESTAMPTZ[]), unnest(?::DOUBLE[]), unnest(?::VARCHAR[]), "
        "now()",
        rows,
    )

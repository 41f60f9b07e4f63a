"""Reading a database of audits: the rows that commands show, as frozen values.

The statements lie beside this module in ``sql/``, one file a question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import StoreError
from audit.store.erased import erased_recordings
from audit.store.report_views import DEFAULT_TIMEZONE, Selection, create_report_views
from audit.store.writer import path_text
from audit.types import CallMetrics, CallQuarter, FileStamp, Recording, Utterance

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Statement


@dataclass(frozen=True, slots=True)
class CallRow:
    """A line of `tasleek calls`."""

    call_id: str
    started_at: datetime | None
    agent_id: str | None
    vendor: str | None
    service_channel: str | None
    status: str
    unscorable_reason: str | None
    brush_off: bool | None
    brush_off_unsure: bool | None
    brush_off_score: float | None
    resolution: str | None
    worst_label: str | None
    worst_score: float | None
    hold_ms: int | None
    duration_ms: int | None
    asr_confidence: float | None
    path: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn of `tasleek show`, with its flags as ``(label, score, evidence)``."""

    turn_index: int
    role: str
    speaker: str
    start_ms: int
    end_ms: int
    text: str
    asr_confidence: float | None
    brush_off: float | None
    unsure: bool | None
    positives: tuple[str, ...]
    flags: tuple[tuple[str, float, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class HoldRow:
    start_ms: int
    end_ms: int
    kind: str
    announced: bool


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    turn_index: int
    action: str | None
    owner: str | None
    deadline: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class CallDetail:
    """All that `tasleek show` prints of one call."""

    call: CallRow
    language: str | None
    role_confidence: float | None
    role_evidence: str | None
    verdict_evidence: tuple[str, ...]
    turns: tuple[TurnRow, ...]
    holds: tuple[HoldRow, ...]
    commitments: tuple[CommitmentRow, ...]
    wait_ms: int | None = None
    metrics: CallMetrics | None = None
    quarters: tuple[CallQuarter, ...] = ()
    agent_voice: str | None = None
    agent_voice_score: float | None = None


@dataclass(frozen=True, slots=True)
class FailureRow:
    path: str
    call_id: str | None
    stage: str
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class StoredCall:
    """Enough of a stored call to tell whether a recording is done."""

    call_id: str
    sha256: str | None
    status: str
    path: str


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to a query of the user's own."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return files("audit.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def stored_calls(
    connection: DuckDBPyConnection, recordings: Sequence[Recording]
) -> tuple[StoredCall, ...]:
    """The calls that have the name or the content of one of ``recordings``, in no particular order.

    A recording whose call was deleted for good counts as a call with the status ``erased``.
    """
    rows = connection.execute(
        "SELECT call_id, sha256, status, path FROM calls "
        "WHERE call_id IN (SELECT unnest(?::VARCHAR[])) OR sha256 IN (SELECT unnest(?::VARCHAR[]))",
        [[r.call_id for r in recordings], [r.sha256 for r in recordings]],
    ).fetchall()
    erased = erased_recordings(connection, [r.sha256 for r in recordings])
    gone = (StoredCall("", sha256, "erased", "") for sha256 in sorted(erased))
    return (*(StoredCall(*row) for row in rows), *gone)


def known_hashes(
    connection: DuckDBPyConnection, stamps: Sequence[FileStamp]
) -> dict[FileStamp, str]:
    """The content hashes of those files that are done and have not changed since."""
    rows = connection.execute(
        "SELECT path, size_bytes, modified_ns, sha256 FROM calls "
        "WHERE path IN (SELECT unnest(?::VARCHAR[])) AND status <> 'failed' AND sha256 IS NOT NULL",
        [[path_text(stamp.path) for stamp in stamps]],
    ).fetchall()
    stored = {(path, size, modified): sha256 for path, size, modified, sha256 in rows}
    found = {
        stamp: stored.get((path_text(stamp.path), stamp.size_bytes, stamp.modified_ns))
        for stamp in stamps
    }
    return {stamp: sha256 for stamp, sha256 in found.items() if sha256 is not None}


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """An audited call as text, to be judged again. Words are not read."""

    call_id: str
    brush_off: bool
    utterances: tuple[Utterance, ...]


def stored_conversations(connection: DuckDBPyConnection) -> tuple[StoredConversation, ...]:
    """Every audited call with its turns, in order of call_id."""
    rows = connection.execute(statement("conversations")).fetchall()
    return tuple(
        StoredConversation(call_id, brush_off, tuple(Utterance(**turn) for turn in turns))
        for call_id, brush_off, turns in rows
    )


def list_calls(
    connection: DuckDBPyConnection,
    *,
    call_id: str | None = None,
    status: str | None = None,
    agent: str | None = None,
    label: str | None = None,
    brush_off: bool | None = None,
    limit: int | None = None,
) -> tuple[CallRow, ...]:
    """Calls that meet every condition given, worst first."""
    rows = connection.execute(
        statement("list_calls"),
        {
            "call_id": call_id,
            "status": status,
            "agent": agent,
            "label": label,
            "brush_off": brush_off,
            "limit": limit,
        },
    ).fetchall()
    return tuple(CallRow(*row) for row in rows)


def show_call(connection: DuckDBPyConnection, call_id: str) -> CallDetail:
    """One call with its turns, flags, holds and commitments; ``StoreError`` when there is none."""
    rows = list_calls(connection, call_id=call_id)
    if not rows:
        raise StoreError(f"no call {call_id!r} in this database; `tasleek calls` lists them")
    extra = connection.execute(
        "SELECT language, role_confidence, role_evidence, verdict_evidence, wait_ms, agent_voice, "
        "agent_voice_score FROM calls WHERE call_id = ?",
        [call_id],
    ).fetchone()
    assert extra is not None
    turns = connection.execute(statement("show_turns"), {"call_id": call_id}).fetchall()
    holds = connection.execute(
        "SELECT start_ms, end_ms, kind, announced FROM holds WHERE call_id = ? ORDER BY start_ms",
        [call_id],
    ).fetchall()
    commitments = connection.execute(
        "SELECT turn_index, action, owner, deadline, reference FROM commitments "
        "WHERE call_id = ? ORDER BY turn_index",
        [call_id],
    ).fetchall()
    return CallDetail(
        call=rows[0],
        language=extra[0],
        role_confidence=extra[1],
        role_evidence=extra[2],
        verdict_evidence=tuple(extra[3] or ()),
        turns=tuple(_turn_row(row) for row in turns),
        holds=tuple(HoldRow(*row) for row in holds),
        commitments=tuple(CommitmentRow(*row) for row in commitments),
        wait_ms=extra[4],
        metrics=_metrics(connection, call_id),
        quarters=_quarters(connection, call_id),
        agent_voice=extra[5],
        agent_voice_score=extra[6],
    )


def _metrics(connection: DuckDBPyConnection, call_id: str) -> CallMetrics | None:
    """The measures of a call; ``None`` where nothing was measured, or by a version before them."""
    names = [field.name for field in fields(CallMetrics)]
    row = connection.execute(
        f"SELECT {', '.join(names)} FROM calls WHERE call_id = ? AND last_speaker IS NOT NULL",
        [call_id],
    ).fetchone()
    return CallMetrics(**dict(zip(names, row, strict=True))) if row else None


def _quarters(connection: DuckDBPyConnection, call_id: str) -> tuple[CallQuarter, ...]:
    names = ", ".join(field.name for field in fields(CallQuarter))
    rows = connection.execute(
        f"SELECT {names} FROM call_quarters WHERE call_id = ? ORDER BY quarter", [call_id]
    ).fetchall()
    return tuple(CallQuarter(*row) for row in rows)


def _turn_row(row: tuple[Any, ...]) -> TurnRow:
    *columns, positives, flags = row
    flagged = tuple((f["label"], f["score"], tuple(f["evidence"] or ())) for f in flags or ())
    values = (*columns, tuple(positives or ()), flagged)
    return TurnRow(*values)


def list_failures(connection: DuckDBPyConnection) -> tuple[FailureRow, ...]:
    """Recordings that could not be audited, newest failure first."""
    rows = connection.execute(
        "SELECT path, call_id, stage, reason, failed_at FROM failures ORDER BY failed_at DESC, path"
    ).fetchall()
    return tuple(FailureRow(*row) for row in rows)


def _one_question(connection: DuckDBPyConnection, sql: str) -> Statement:
    """The one statement of ``sql``, which must ask (SELECT, FROM, DESCRIBE, EXPLAIN …), not do."""
    import duckdb

    statements = connection.extract_statements(sql)
    asking = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
    if len(statements) != 1 or statements[0].type not in asking:
        raise StoreError(
            "the query cannot be answered: give one SELECT statement, and nothing else"
        )
    return statements[0]


def run_query(path: Path, sql: str, timezone: str = DEFAULT_TIMEZONE) -> Table:
    """The answer to one read-only statement.

    Beside the tables there are the views of the reports on all calls (``agents_report`` …), whose weeks
    are cut in ``timezone``. The statement can read the database at ``path`` and nothing else: no other
    file, no network, no setting. Raises ``StoreError`` with DuckDB's own message when it cannot be
    answered.
    """
    import duckdb

    from audit.store.database import open_database

    with open_database(path) as connection:
        try:
            create_report_views(connection, Selection(timezone=timezone))
            answer = connection.execute(_one_question(connection, sql))
            if answer.description is None:
                return Table((), ())
            columns = tuple(column[0] for column in answer.description)
            return Table(columns, tuple(answer.fetchall()))
        except duckdb.Error as error:
            raise StoreError(f"the query cannot be answered: {error}") from error

"""Appeals of agents against verdicts: who disputed what, and how it was decided."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from audit.errors import UsageError
from audit.store.database import transaction
from audit.store.queries import CallDetail, show_call, statement

if TYPE_CHECKING:
    from audit.store.reviews import Connection

AppealStatus = Literal["disputed", "upheld", "overturned"]


@dataclass(frozen=True, slots=True)
class Appeal:
    """Where an appeal stands. ``disputed_brush_off`` is the verdict that was disputed, ``standing`` the
    one that its decision leaves (``None`` while it is open)."""

    call_id: str
    appeal_id: str
    status: AppealStatus
    raised_by: str
    raised_at: datetime
    reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None
    disputed_brush_off: bool
    standing: bool | None


@dataclass(frozen=True, slots=True)
class AppealableCall:
    """A call as its agent may see it. ``people`` is what most reviewers found, ``None`` if they did not
    decide; ``keep_pii``: its text is stored as it was said."""

    detail: CallDetail
    appeal: Appeal | None
    people: bool | None
    keep_pii: bool


def appeals(connection: Connection, call_id: str | None = None) -> tuple[Appeal, ...]:
    """All appeals, open ones first and then the newest, or that of ``call_id``."""
    rows = connection.execute(
        "SELECT call_id, appeal_id, status, raised_by, raised_at, reason, decided_by, decided_at, "
        "answer, disputed_brush_off, standing FROM appealed_calls "
        "WHERE ($call_id IS NULL OR call_id = $call_id) "
        "ORDER BY status <> 'disputed', raised_at DESC, call_id",
        {"call_id": call_id},
    ).fetchall()
    return tuple(Appeal(*row) for row in rows)


def raise_appeal(connection: Connection, call_id: str, agent: str, comment: str | None) -> Appeal:
    """Record that ``agent`` disputes the verdict on their call.

    Raises ``UsageError`` where the call has no verdict, is another agent's, or was disputed before;
    ``StoreError`` where there is no such call.
    """
    call = show_call(connection, call_id).call
    if call.status != "audited":
        raise UsageError(f"{call_id}: is {call.status} and has no verdict to dispute")
    if call.agent_id is not None and call.agent_id != agent:
        raise UsageError(f"{call_id}: is a call of {call.agent_id}; --by must name its own agent")
    for known in appeals(connection, call_id):
        when = "is open" if known.status == "disputed" else f"was {known.status}"
        raise UsageError(f"{call_id}: an appeal {when} already; a verdict is disputed once")
    connection.execute(
        statement("insert_appeal"),
        {
            "appeal_id": uuid.uuid4().hex[:12], "call_id": call_id, "person": agent,
            "comment": comment,
        },
    )  # fmt: skip
    (appeal,) = appeals(connection, call_id)
    return appeal


def decide_appeal(
    connection: Connection,
    call_id: str,
    status: Literal["upheld", "overturned"],
    reviewer: str,
    comment: str | None,
) -> Appeal:
    """Close the open appeal on a call: ``upheld`` keeps the verdict, ``overturned`` turns it round.

    Raises ``UsageError`` where none is open, or the agent would decide on their own appeal.
    """
    found = appeals(connection, call_id)
    if not found or found[0].status != "disputed":
        raise UsageError(
            f"{call_id}: no appeal is open; `tasleek appeal {call_id} --by AGENT` raises one"
        )
    (appeal,) = found
    if reviewer.casefold() == appeal.raised_by.casefold():
        raise UsageError(f"{reviewer} raised this appeal; another person has to decide it")
    with transaction(connection):
        connection.execute(
            "INSERT INTO appeals BY NAME SELECT appeal_id, call_id, $status AS status, "
            "$reviewer AS person, $comment AS comment, brush_off, score, model_version, "
            "now() AS recorded_at FROM appeals WHERE appeal_id = $appeal_id AND status = 'disputed'",
            {
                "status": status, "reviewer": reviewer, "comment": comment,
                "appeal_id": appeal.appeal_id,
            },
        )  # fmt: skip
    (appeal,) = appeals(connection, call_id)
    return appeal


def appealable_call(connection: Connection, call_id: str) -> AppealableCall:
    """A call with all that its agent may see. Raises ``StoreError`` when there is none of that name."""
    detail = show_call(connection, call_id)
    found = appeals(connection, call_id)
    row = connection.execute(
        "SELECT (SELECT sum(CASE verdict WHEN 'brush_off' THEN 1 WHEN 'proper' THEN -1 ELSE 0 END) "
        "        FROM judged_calls WHERE call_id = $call_id), "
        "       coalesce(CAST(json_extract(runs.config, '$.privacy.keep_pii') AS BOOLEAN), false) "
        "FROM calls LEFT JOIN runs USING (run_id) WHERE call_id = $call_id",
        {"call_id": call_id},
    ).fetchone()
    assert row is not None
    balance = row[0] or 0
    people = balance > 0 if balance else None
    return AppealableCall(detail, found[0] if found else None, people, bool(row[1]))

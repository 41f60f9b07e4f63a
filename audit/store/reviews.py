"""Reviews in the database: samples and their queues, what people said, and their forms.

Every write is one transaction. What a reviewer says is added, never changed: the newest row counts
(views ``current_reviews``, ``label_judgements`` and ``judged_calls``).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from audit.errors import StoreError
from audit.store.database import transaction
from audit.store.queries import CallDetail, show_call, statement

if TYPE_CHECKING:
    from typing import TypeAlias

    from duckdb import DuckDBPyConnection

    #: What ``open_database`` gives, for packages that pass it on and do not know DuckDB.
    Connection: TypeAlias = DuckDBPyConnection

Opinion = Literal["flagged", "uncertain", "clean"]
Stratum = Literal["random", "flagged", "uncertain"]
Answer = Literal["yes", "no", "na"]

TURN_VERDICTS = (
    "confirmed", "rejected", "relabelled", "added", "unsure", "noted", "withdrawn",
)  # fmt: skip
CALL_VERDICTS = ("brush_off", "proper", "unsure")


@dataclass(frozen=True, slots=True)
class FrameCall:
    """A call that can be drawn. ``opinion`` is what the machine thinks of it now."""

    call_id: str
    agent_id: str | None
    vendor: str | None
    service_channel: str | None
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class SampleItem:
    """A drawn call. ``probability`` in ``(0, 1]`` is that of its being drawn, by the design."""

    call_id: str
    position: int
    stratum: Stratum
    quota_group: str | None
    opinion: Opinion
    probability: float
    blind: bool
    readers: int
    assigned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SampleCell:
    """How many calls a cell of the frame had, and how many of them were drawn."""

    quota_group: str | None
    opinion: Opinion
    population: int
    selected: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn sample. ``specification`` is the text that draws it again from the same calls."""

    specification: str
    seed: int
    items: tuple[SampleItem, ...]
    cells: tuple[SampleCell, ...]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A call to judge. ``readers`` people are to judge it; ``finished_by`` have."""

    call_id: str
    started_at: datetime | None
    agent_id: str | None
    vendor: str | None
    service_channel: str | None
    duration_ms: int | None
    brush_off: bool | None
    brush_off_score: float | None
    brush_off_unsure: bool | None
    stratum: str | None
    blind: bool
    readers: int
    assigned: tuple[str, ...]
    finished_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlagView:
    label: str
    score: float
    threshold: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordView:
    start_ms: int
    end_ms: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn with its words and all that the machine thinks of it."""

    turn_index: int
    role: str
    channel: int | None
    start_ms: int
    end_ms: int
    text: str
    unsure: bool
    label_scores: tuple[tuple[str, float], ...]
    positives: tuple[str, ...]
    flags: tuple[FlagView, ...]
    words: tuple[WordView, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What a reviewer's word on a label of a turn, or on the call, is now."""

    turn_index: int | None
    label: str | None
    verdict: str
    new_label: str | None
    resolution: str | None
    comment: str | None
    blind: bool
    reviewed_at: datetime


@dataclass(frozen=True, slots=True)
class NewReview:
    """What a reviewer says. ``turn_index`` None is the whole call, with ``label`` None."""

    call_id: str
    reviewer: str
    verdict: str
    blind: bool
    turn_index: int | None = None
    label: str | None = None
    new_label: str | None = None
    resolution: str | None = None
    comment: str | None = None
    sample_id: str | None = None
    listened_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CallSubject:
    """All that a reviewer can see of one call. ``measures`` are the call's numbers by column name."""

    detail: CallDetail
    turns: tuple[TurnView, ...]
    measures: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    criterion: str
    answer: Answer | None
    automatic_answer: Answer | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer to one criterion; ``answer`` None takes an earlier one back."""

    call_id: str
    reviewer: str
    scorecard_sha256: str
    criterion: str
    answer: Answer | None
    automatic_answer: Answer | None
    comment: str | None
    blind: bool


@dataclass(frozen=True, slots=True)
class FormResult:
    """What a form came to. Scores are 0..100; None where no criterion applied."""

    weighted_score: float | None
    score: float | None
    passed: bool | None
    failed_critical: tuple[str, ...]
    complete: bool


def sampling_frame(
    connection: Connection, since: datetime | None = None, until: datetime | None = None
) -> tuple[FrameCall, ...]:
    """The audited calls that started in ``[since, until)``, in order of call_id."""
    rows = connection.execute(
        statement("sampling_frame"), {"since": since, "until": until}
    ).fetchall()
    return tuple(FrameCall(*row) for row in rows)


def write_sample(connection: Connection, sample: Sample) -> str:
    """Store a sample; returns its id."""
    sample_id = uuid.uuid4().hex[:12]
    with transaction(connection):
        connection.execute(
            "INSERT INTO review_samples VALUES (?, now(), ?, ?)",
            [sample_id, sample.specification, sample.seed],
        )
        for cell in sample.cells:
            _insert(connection, "review_cells", {"sample_id": sample_id, **asdict(cell)})
        for item in sample.items:
            row = {"sample_id": sample_id, **asdict(item)}
            _insert(connection, "review_items", {**row, "assigned": list(item.assigned) or None})
    return sample_id


def newest_sample(connection: Connection) -> str | None:
    """The id of the sample drawn last; None when none ever was."""
    row = connection.execute(
        "SELECT sample_id FROM review_samples ORDER BY created_at DESC, sample_id LIMIT 1"
    ).fetchone()
    return row[0] if row else None


def review_queue(connection: Connection, sample_id: str | None) -> tuple[QueueRow, ...]:
    """The calls of a sample in their order; every audited call, worst first, where it is None."""
    rows = connection.execute(statement("review_queue"), {"sample_id": sample_id}).fetchall()
    return tuple(_queue_row(row) for row in rows)


def _queue_row(row: tuple[Any, ...]) -> QueueRow:
    *columns, assigned, finished_by = row
    values = (*columns, tuple(assigned or ()), tuple(finished_by or ()))
    return QueueRow(*values)


def item_blindness(connection: Connection, sample_id: str | None, call_id: str) -> bool | None:
    """Whether the sample wants this call judged blind; None when the call is not in it."""
    row = connection.execute(
        "SELECT blind FROM review_items WHERE sample_id = ? AND call_id = ?", [sample_id, call_id]
    ).fetchone()
    return bool(row[0]) if row else None


def recording_of(connection: Connection, call_id: str) -> tuple[str, str | None]:
    """Where a call's recording was when it was audited, and its hash. Raises ``StoreError``."""
    row = connection.execute(
        "SELECT path, sha256 FROM calls WHERE call_id = ?", [call_id]
    ).fetchone()
    if row is None:
        raise StoreError(f"no call {call_id!r} in this database; `tasleek calls` lists them")
    return row[0], row[1]


def review_subject(connection: Connection, call_id: str) -> CallSubject:
    """One call with its words. Raises ``StoreError`` when there is none of that name."""
    detail = show_call(connection, call_id)
    cursor = connection.execute("SELECT * FROM calls WHERE call_id = ?", [call_id])
    names = [column[0] for column in cursor.description or ()]
    row = dict(zip(names, cursor.fetchone() or (), strict=True))
    measures = tuple(
        (name, float(value))
        for name, value in row.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    )
    turns = connection.execute(statement("review_turns"), {"call_id": call_id}).fetchall()
    words = _words(connection, call_id)
    return CallSubject(
        detail,
        tuple(_turn_view(turn, words) for turn in turns),
        measures,
    )


def _words(connection: Connection, call_id: str) -> dict[int, list[WordView]]:
    words: dict[int, list[WordView]] = {}
    rows = connection.execute(statement("review_words"), {"call_id": call_id}).fetchall()
    for turn_index, *word in rows:
        words.setdefault(turn_index, []).append(WordView(*word))
    return words


def _turn_view(row: tuple[Any, ...], words: dict[int, list[WordView]]) -> TurnView:
    index, role, channel, start_ms, end_ms, text, unsure, scores, positives, flags = row
    return TurnView(
        index, role, channel, start_ms, end_ms, text, bool(unsure),
        tuple((scores or {}).items()), tuple(positives or ()),
        tuple(
            FlagView(f["label"], f["score"], f["threshold"], tuple(f["evidence"] or ()))
            for f in flags or ()
        ),
        tuple(words.get(index, ())),
    )  # fmt: skip


def write_review(connection: Connection, review: NewReview) -> str:
    """Store what a reviewer said; returns the row's id. Raises ``StoreError`` for an unknown call."""
    row = connection.execute(
        statement("insert_review"), {"review_id": uuid.uuid4().hex, **asdict(review)}
    ).fetchone()
    if row is None:
        raise StoreError(f"no call {review.call_id!r} in this database; `tasleek calls` lists them")
    return str(row[0])


def reviews_of_call(connection: Connection, call_id: str, reviewer: str) -> tuple[ReviewView, ...]:
    """What ``reviewer`` says of a call now, without what was withdrawn."""
    rows = connection.execute(
        statement("reviews_of_call"), {"call_id": call_id, "reviewer": reviewer}
    ).fetchall()
    return tuple(ReviewView(*row) for row in rows)


def keep_scorecard(
    connection: Connection, sha256: str, name: str, version: str, content: dict[str, Any]
) -> None:
    """Keep the wording of a form beside its answers."""
    connection.execute(
        "INSERT OR IGNORE INTO scorecards VALUES (?, ?, ?, ?)",
        [sha256, name, version, json.dumps(content, ensure_ascii=False)],
    )


def scorecard_answers(
    connection: Connection, call_id: str, reviewer: str, scorecard_sha256: str
) -> tuple[AnswerView, ...]:
    """The newest answer to every criterion that ``reviewer`` has touched."""
    rows = connection.execute(
        statement("scorecard_answers"),
        {"call_id": call_id, "reviewer": reviewer, "scorecard_sha256": scorecard_sha256},
    ).fetchall()
    return tuple(AnswerView(*row) for row in rows)


def write_answers(connection: Connection, answers: Sequence[NewAnswer], result: FormResult) -> None:
    """Store answers of one form about one call, and what the form comes to with them."""
    first = answers[0]
    with transaction(connection):
        for answer in answers:
            connection.execute(
                "INSERT INTO scorecard_answers BY NAME SELECT $answer_id AS answer_id, "
                "$call_id AS call_id, $reviewer AS reviewer, "
                "$scorecard_sha256 AS scorecard_sha256, $criterion AS criterion, "
                "$answer AS answer, $automatic_answer AS automatic_answer, $comment AS comment, "
                "$blind AS blind, now() AS answered_at",
                {"answer_id": uuid.uuid4().hex, **asdict(answer)},
            )
        connection.execute(
            "INSERT OR REPLACE INTO scorecard_results VALUES (?, ?, ?, ?, ?, ?, ?, ?, now())",
            [
                first.call_id, first.reviewer, first.scorecard_sha256, result.weighted_score,
                result.score, result.passed, list(result.failed_critical), result.complete,
            ],
        )  # fmt: skip


def _insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", [*row.values()])

"""What excerpts are cut of: the moments of a database, and the words of their calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from audit.store.report_views import Selection, create_report_views
from audit.types import RedactedSpan, Utterance, Word

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Reviewed = Literal["confirmed", "rejected", "unreviewed"]


@dataclass(frozen=True, slots=True)
class MomentFilter:
    """Which moments: of which calls, with one of ``labels`` (brush-off labels, positives, or both).

    ``min_score`` in ``[0, 1]`` holds for labels that the classifier gave. Without ``reviewed`` it is
    every moment but those that people rejected.
    """

    calls: Selection
    labels: tuple[str, ...]
    min_score: float | None = None
    reviewed: Reviewed | None = None


@dataclass(frozen=True, slots=True)
class MomentLabel:
    """A label of a moment. ``score`` is ``None`` where people added it, and for good handling."""

    label: str
    score: float | None
    reviewed: Reviewed


@dataclass(frozen=True, slots=True)
class Moment:
    """An agent turn worth hearing. ``labels`` has at least one; the first is what it is shown for."""

    call_id: str
    turn_index: int
    labels: tuple[MomentLabel, ...]
    agent_id: str | None
    vendor: str | None
    service_channel: str | None
    dialect: str | None
    start_ms: int
    end_ms: int
    text: str
    asr_confidence: float | None


@dataclass(frozen=True, slots=True)
class SoundPlace:
    """Where the sound of a call is. ``keep_pii``: its text was stored with personal data in it."""

    call_id: str
    path: str
    sha256: str
    duration_ms: int
    started_at: datetime | None
    keep_pii: bool


@dataclass(frozen=True, slots=True)
class SpokenCall:
    """What was said in a call, and when personal data is heard in it."""

    utterances: tuple[Utterance, ...]
    redactions: tuple[RedactedSpan, ...]


def find_moments(connection: DuckDBPyConnection, wanted: MomentFilter) -> tuple[Moment, ...]:
    """The moments of audited calls, in order of call and turn."""
    create_report_views(connection, wanted.calls)
    rows = connection.execute(
        _sql("excerpt_moments"),
        {
            "labels": list(wanted.labels),
            "min_score": wanted.min_score,
            "reviewed": wanted.reviewed,
        },
    ).fetchall()
    return tuple(
        Moment(call_id, turn_index, tuple(MomentLabel(**label) for label in labels), *rest)
        for call_id, turn_index, labels, *rest in rows
    )


def sound_places(connection: DuckDBPyConnection, call_ids: Sequence[str]) -> dict[str, SoundPlace]:
    """The places of the calls' sound, by call."""
    rows = connection.execute(_sql("excerpt_calls"), {"call_ids": list(call_ids)}).fetchall()
    return {row[0]: SoundPlace(*row) for row in rows}


def spoken_call(connection: DuckDBPyConnection, call_id: str) -> SpokenCall:
    """The turns of a call with their words, and its redactions."""
    turns = connection.execute(_sql("excerpt_words"), {"call_id": call_id}).fetchall()
    redactions = connection.execute(
        "SELECT type, turn_index, channel, start_ms, end_ms FROM redactions WHERE call_id = ? "
        "ORDER BY start_ms, end_ms",
        [call_id],
    ).fetchall()
    return SpokenCall(
        tuple(_utterance(row) for row in turns), tuple(RedactedSpan(*row) for row in redactions)
    )


def _utterance(row: tuple[Any, ...]) -> Utterance:
    *columns, words = row
    values = (*columns, tuple(Word(**word) for word in words or ()))
    return Utterance(*values)


def _sql(name: str) -> str:
    return files("audit.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")

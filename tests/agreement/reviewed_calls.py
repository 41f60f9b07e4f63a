"""A database of invented calls that people have judged; no recording is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.store.database import open_database
from audit.store.reviews import (
    NewReview,
    Sample,
    SampleCell,
    SampleItem,
    write_review,
    write_sample,
)
from audit.store.writer import AuditWriter, RunDescription
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallMetadata,
    CallVerdict,
    Flag,
    Judgement,
    LabelScore,
    Recording,
    TurnScore,
    Utterance,
)

RUN = RunDescription("0", "dummy", "dummy", "tiny-1", {"a": 1}, "00")
BAD, GOOD = "ان شاء الله خير تطمن", "رفعت لك البلاغ والمشرف خالد يكلمك اليوم"


@dataclass(frozen=True, slots=True)
class Invented:
    """A call: what the machine says of it, what is said in it, and how long it is."""

    call_id: str
    score: float
    turns: tuple[tuple[str, str], ...] = (("caller", "متي ينحل طلبي"), ("agent", BAD))
    flags: tuple[tuple[int, str], ...] = ()
    minutes: float = 6.0
    agent: str = "A1"


def audit_of(call: Invented) -> CallAudit:
    turns = tuple(
        Utterance(i, role, role, None, i * 1000, i * 1000 + 900, text)  # type: ignore[arg-type]
        for i, (role, text) in enumerate(call.turns)
    )
    labels = tuple(LabelScore(label, 0.1) for label in LABELS)
    scores = tuple((t.turn_index, TurnScore(0.5, labels)) for t in turns if t.role == "agent")
    flags = tuple(Flag(i, label, 0.9, 0.5, i * 1000, i * 1000 + 900) for i, label in call.flags)
    verdict = CallVerdict(call.score >= 50, call.score, "none")
    return CallAudit(
        recording=Recording(
            call.call_id, Path(f"{call.call_id}.wav"), f"sha-{call.call_id}",
            CallMetadata(call.call_id, agent_id=call.agent),
        ),
        info=AudioInfo(round(call.minutes * 60_000), 2, 8000, "pcm"),
        status="audited",
        utterances=turns,
        judgement=Judgement(scores, flags, verdict),
        language="ar",
        asr_confidence=0.8,
    )  # fmt: skip


def write_calls(db: Path, calls: Sequence[Invented]) -> Path:
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RUN)
        for call in calls:
            writer.write_audit(audit_of(call))
        writer.finish()
    return db


def write_reviews(db: Path, reviews: Sequence[NewReview]) -> None:
    with open_database(db, write=True) as connection:
        for review in reviews:
            write_review(connection, review)


def whole(call_id: str, reviewer: str, bad: bool, *, blind: bool = True) -> NewReview:
    return NewReview(call_id, reviewer, "brush_off" if bad else "proper", blind)


def one(
    call_id: str, reviewer: str, verdict: str, turn: int = 1, label: str = "placation",
    *, blind: bool = True, new_label: str | None = None,
) -> NewReview:  # fmt: skip
    return NewReview(call_id, reviewer, verdict, blind, turn, label, new_label)


def draw(
    db: Path, probabilities: Mapping[str, tuple[str, float]], cells: Sequence[SampleCell]
) -> None:
    """Store a sample; ``probabilities`` are (opinion, probability) by call."""
    items = tuple(
        SampleItem(call_id, place, "random", None, opinion, probability, True, 1, ())  # type: ignore[arg-type]
        for place, (call_id, (opinion, probability)) in enumerate(probabilities.items())
    )
    with open_database(db, write=True) as connection:
        write_sample(connection, Sample("random=1", 1, items, tuple(cells)))

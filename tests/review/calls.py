"""A database of a few invented calls whose recordings are there and can be played."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallMetadata,
    CallMetrics,
    CallVerdict,
    Flag,
    Hold,
    Judgement,
    LabelScore,
    Recording,
    TurnScore,
    Utterance,
    Word,
)
from tests.dummies import tone, write_wav

RUN = RunDescription("0", "dummy", "dummy", "brushoff-1", {"a": 1}, "00")
TURN_MS = 2000
LINES = (
    ("agent", "السلام عليكم معك خالد"),
    ("caller", "الطلب متأخر <b>شهر</b> كامل"),
    ("agent", "تطمن إن شاء الله خير"),
    ("caller", "متى يوصل"),
    ("agent", "راجع أقرب فرع عندك"),
    ("caller", "شكرا"),
)


def words_of(text: str, start_ms: int, length_ms: int) -> tuple[Word, ...]:
    parts = text.split()
    step = length_ms // len(parts)
    return tuple(
        Word(start_ms + i * step, start_ms + (i + 1) * step - 20, part, 0.3 if i == 1 else 0.9)
        for i, part in enumerate(parts)
    )


def utterances(turn_ms: int = TURN_MS, repeat: int = 1) -> tuple[Utterance, ...]:
    found = []
    for index, (role, text) in enumerate(LINES * repeat):
        start = index * turn_ms
        found.append(
            Utterance(
                index, role, "S0" if role == "agent" else "S1", 0 if role == "agent" else 1,
                start, start + turn_ms - 200, text, words_of(text, start, turn_ms - 200),
            )
        )  # fmt: skip
    return tuple(found)


def scored(label: str | None, score: float) -> TurnScore:
    labels = tuple(LabelScore(name, score if name == label else 0.05) for name in LABELS)
    flagged = (label,) if label and score >= 0.5 else ()
    return TurnScore(score, labels, flagged, unsure=0.4 < score < 0.6, evidence=("تطمن",))


def audited(
    folder: Path, call_id: str, score: float, *, unsure: bool = False, agent: str = "A1",
    day: int = 0, repeat: int = 1, turn_ms: int = TURN_MS,
) -> CallAudit:  # fmt: skip
    """A call of one agent; from ``score`` 50 on it is a brush-off with two flags."""
    turns = utterances(turn_ms, repeat)
    path = folder / f"{call_id}.wav"
    write_wav(path, tone(len(turns) * turn_ms / 1000, channels=2, hz=300.0 + score))
    flagged = score >= 50
    scores = tuple(
        (turn.turn_index, scored("placation" if turn.turn_index == 2 else None, score / 100))
        for turn in turns
        if turn.role == "agent"
    )
    flags = tuple(
        Flag(index, label, score / 100, 0.5, turns[index].start_ms, turns[index].end_ms, ("تطمن",))
        for index, label in ((2, "placation"), (4, "deflection"))
        if flagged
    )
    started = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(days=day)
    metadata = CallMetadata(call_id, started, agent, "masar", "hotline", "billing", wait_ms=30_000)
    return CallAudit(
        recording=Recording(call_id, path, f"sha-{call_id}", metadata),
        info=AudioInfo(len(turns) * turn_ms, 2, 8000, "pcm_s16le"),
        status="audited",
        utterances=turns,
        judgement=Judgement(
            scores,
            flags,
            CallVerdict(
                flagged, score, "none" if flagged else "committed", unsure,
                ("turn 2: placation (0.90)",),
            ),
        ),
        holds=(Hold(TURN_MS - 200, TURN_MS, "music", True),),
        metrics=CallMetrics(agent_talk_ms=5000, longest_hold_ms=200, hold_ms=200, hold_count=1),
        language="ar",
        asr_confidence=0.8,
    )  # fmt: skip


def write_calls(db: Path, *audits: CallAudit) -> Path:
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RUN)
        for audit in audits:
            writer.write_audit(audit)
        writer.finish()
    return db


def three_calls(folder: Path) -> Path:
    """``bad`` (score 90, two flags), ``doubt`` (55, unsure) and ``good`` (10, none).

    The database knows its recordings by names beside it.
    """
    template = _template()
    for file in template.iterdir():
        shutil.copy(file, folder / file.name)
    return folder / "calls.duckdb"


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tasleek-review-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    audits = (
        audited(folder, "bad", 90.0),
        audited(folder, "doubt", 55.0, unsure=True, agent="A2", day=1),
        audited(folder, "good", 10.0, day=2),
    )
    relative = [
        replace(a, recording=replace(a.recording, path=Path(a.recording.path.name))) for a in audits
    ]
    write_calls(folder / "calls.duckdb", *relative)
    return folder

"""A database of a few calls, for tests of what is deleted, told and logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import CallFailure, CallMetadata, Recording, RedactedSpan, Utterance, Word
from tests.dummies import call_audit

RIYADH = ZoneInfo("Asia/Riyadh")
OLD, NEW = "OLDMARK", "NEWMARK"


def write_calls(db: Path, calls: dict[str, CallMetadata], encrypted: bool = False) -> None:
    """Calls by name, each with a text of its own (``said``), words, a bleep, a review and a survey."""
    with open_database(db, write=True, encrypt=encrypted) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        for call_id, metadata in calls.items():
            recording = Recording(
                call_id, db.parent / f"{call_id}.wav", f"hash {call_id}", metadata
            )
            word = Word(0, 100, said(call_id), 0.9)
            turn = Utterance(0, "caller", "S1", 1, 0, 100, said(call_id), (word,))
            span = RedactedSpan("phone", 0, 1, 0, 100)
            audit = call_audit(recording)
            writer.write_audit(
                replace(audit, utterances=(turn, *audit.utterances[1:]), redacted=(span,))
            )
            connection.execute(
                "INSERT INTO reviews (review_id, call_id, verdict, reviewer, comment, blind, "
                "reviewed_at) VALUES (?, ?, 'proper', 'r', ?, false, now())",
                [f"review {call_id}", call_id, said(call_id)],
            )
            connection.execute(
                "INSERT INTO surveys (call_id, comment) VALUES (?, ?)", [call_id, said(call_id)]
            )
        writer.finish()


def write_failure(db: Path, call_id: str) -> None:
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        failure = CallFailure(db.parent / f"{call_id}.wav", "decode", said(call_id), call_id, "ff")
        writer.write_failure(failure)
        writer.finish()


def said(call_id: str) -> str:
    return f"كلام المكالمة {call_id} {call_id}"


def began(year: int, **told) -> CallMetadata:
    return CallMetadata(started_at=datetime(year, 6, 1, 12, tzinfo=RIYADH), **told)


def bytes_of(db: Path) -> bytes:
    """All that lies on disk of a database."""
    return b"".join(f.read_bytes() for f in db.parent.glob(f"*{db.name}*") if f.is_file())

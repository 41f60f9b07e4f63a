"""Writing audits: every call in one transaction with all its children."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from audit.store.database import transaction
from audit.types import (
    CallAudit,
    CallFailure,
    CallMetadata,
    CallVerdict,
    Flag,
    Judgement,
    TurnScore,
    Utterance,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Tables whose rows belong to a call and are replaced with it.
_CHILDREN = ("turns", "words", "flags", "commitments", "holds", "redactions")
#: Those of them that follow from the words, and change when a call is scored again.
_CONCLUSIONS = ("flags", "commitments")


@dataclass(frozen=True, slots=True)
class RunDescription:
    """What a run was made with, as stored in ``runs``."""

    version: str
    recognizer: str
    diarizer: str
    classifier: str
    config: dict[str, Any]
    config_sha256: str


class AuditWriter:
    """Writes the results of one run. Not shared between threads or processes: DuckDB has one writer."""

    def __init__(self, connection: DuckDBPyConnection, description: RunDescription) -> None:
        self._connection = connection
        self._salt = caller_salt(connection)
        self._counts: Counter[str] = Counter()
        self._stage_ms: Counter[str] = Counter()
        self._audio_ms = 0
        self.run_id = uuid.uuid4().hex
        connection.execute(
            "INSERT INTO runs (run_id, started_at, version, recognizer, diarizer, classifier, "
            "config_sha256, config) VALUES (?, now(), ?, ?, ?, ?, ?, ?)",
            [
                self.run_id, description.version, description.recognizer, description.diarizer,
                description.classifier, description.config_sha256,
                json.dumps(description.config, ensure_ascii=False),
            ],
        )  # fmt: skip

    def write_audit(self, audit: CallAudit) -> None:
        """Store a call, in place of what an earlier run stored of it."""
        recording = audit.recording
        with transaction(self._connection):
            self._delete_call(recording.call_id)
            self._connection.execute("DELETE FROM failures WHERE path = ?", [str(recording.path)])
            self._insert_row("calls", self._call_row(audit))
            self._insert_children(audit)
        self._counts[audit.status] += 1
        self._audio_ms += audit.info.duration_ms
        self._stage_ms.update(dict(audit.stage_ms))

    def _insert_children(self, audit: CallAudit) -> None:
        call_id = audit.recording.call_id
        scores = dict(audit.judgement.scores) if audit.judgement else {}
        self._insert_rows("turns", turn_rows(audit.utterances, scores), call_id)
        self._insert_rows("words", word_rows(audit.utterances), call_id)
        if audit.judgement:
            self._insert_conclusions(audit.judgement, call_id)
        self._insert_rows("holds", [asdict(hold) for hold in audit.holds], call_id)
        self._insert_rows("redactions", [asdict(span) for span in audit.redacted], call_id)

    def write_failure(self, failure: CallFailure, metadata: CallMetadata | None = None) -> None:
        """Store a failure, in place of an earlier one of the same recording.

        The call gets a row with status ``failed`` unless its ``call_id`` is taken by another call.
        """
        now = datetime.now(UTC)
        with transaction(self._connection):
            self._connection.execute("DELETE FROM failures WHERE path = ?", [str(failure.path)])
            self._insert_row("failures", {
                "path": str(failure.path), "call_id": failure.call_id, "sha256": failure.sha256,
                "stage": failure.stage, "reason": failure.reason, "failed_at": now,
                "run_id": self.run_id,
            })  # fmt: skip
            if failure.call_id and self._may_replace(failure.call_id):
                self._delete_call(failure.call_id)
                self._insert_row("calls", {
                    **self._metadata_columns(metadata or CallMetadata()),
                    "call_id": failure.call_id, "sha256": failure.sha256,
                    "path": str(failure.path), "status": "failed", "run_id": self.run_id,
                })  # fmt: skip
        self._counts["failed"] += 1

    def rewrite_judgement(self, call_id: str, judgement: Judgement) -> None:
        """Replace what was concluded from the words of a stored call; the words stay as they are."""
        verdict = {**verdict_columns(judgement.verdict), "run_id": self.run_id}
        columns = ", ".join(f"{name} = ?" for name in verdict)
        with transaction(self._connection):
            for table in _CONCLUSIONS:
                self._connection.execute(f"DELETE FROM {table} WHERE call_id = ?", [call_id])
            self._insert_conclusions(judgement, call_id)
            self._update_scores(call_id, judgement)
            self._connection.execute(
                f"UPDATE calls SET {columns} WHERE call_id = ?", [*verdict.values(), call_id]
            )
        self._counts["audited"] += 1

    def _insert_conclusions(self, judgement: Judgement, call_id: str) -> None:
        commitments = [asdict(commitment) for commitment in judgement.commitments]
        self._insert_rows("flags", flag_rows(judgement.flags), call_id)
        self._insert_rows("commitments", commitments, call_id)

    def _update_scores(self, call_id: str, judgement: Judgement) -> None:
        rows = [{"turn_index": index, **score_columns(score)} for index, score in judgement.scores]
        if not rows:
            return
        types = self._column_types("turns")
        names = tuple(score_columns(None))
        columns = ", ".join(f"unnest(?::{types[n]}[]) AS {n}" for n in ("turn_index", *names))
        changes = ", ".join(f"{name} = scored.{name}" for name in names)
        self._connection.execute(
            f"UPDATE turns SET {changes} FROM (SELECT {columns}) AS scored "
            "WHERE turns.call_id = ? AND turns.turn_index = scored.turn_index",
            [*([row[n] for row in rows] for n in ("turn_index", *names)), call_id],
        )

    def count_skipped(self, number: int) -> None:
        """Record that ``number`` recordings were already in the database."""
        self._counts["skipped"] += number

    def finish(self) -> None:
        """Mark the run as ended, with its counts and the time each stage took."""
        self._connection.execute(
            "UPDATE runs SET finished_at = now(), audited = ?, unscorable = ?, failed = ?, "
            "skipped = ?, audio_ms = ?, stage_ms = map(?::VARCHAR[], ?::BIGINT[]) WHERE run_id = ?",
            [
                self._counts["audited"], self._counts["unscorable"], self._counts["failed"],
                self._counts["skipped"], self._audio_ms,
                list(self._stage_ms.keys()), list(self._stage_ms.values()), self.run_id,
            ],
        )  # fmt: skip

    def _may_replace(self, call_id: str) -> bool:
        row = self._connection.execute(
            "SELECT status FROM calls WHERE call_id = ?", [call_id]
        ).fetchone()
        return row is None or row[0] == "failed"

    def _delete_call(self, call_id: str) -> None:
        for table in (*_CHILDREN, "calls"):
            self._connection.execute(f"DELETE FROM {table} WHERE call_id = ?", [call_id])

    def _call_row(self, audit: CallAudit) -> dict[str, Any]:
        roles = audit.roles
        return {
            **self._metadata_columns(audit.recording.metadata),
            "call_id": audit.recording.call_id,
            "sha256": audit.recording.sha256,
            "path": str(audit.recording.path),
            "duration_ms": audit.info.duration_ms,
            "channels": audit.info.channels,
            "sample_rate_hz": audit.info.sample_rate_hz,
            "codec": audit.info.codec,
            "status": audit.status,
            "unscorable_reason": audit.unscorable_reason,
            "language": audit.language,
            "asr_confidence": audit.asr_confidence,
            "role_confidence": roles.confidence if roles else None,
            "role_evidence": roles.evidence if roles else None,
            **verdict_columns(audit.judgement.verdict if audit.judgement else None),
            **(asdict(audit.metrics) if audit.utterances else {}),
            "run_id": self.run_id,
        }

    def _metadata_columns(self, metadata: CallMetadata) -> dict[str, Any]:
        return {
            "started_at": metadata.started_at,
            "agent_id": metadata.agent_id,
            "vendor": metadata.vendor,
            "service_channel": metadata.service_channel,
            "queue": metadata.queue,
            "direction": metadata.direction,
            "disposition": metadata.disposition,
            "caller_hash": hash_caller(metadata.caller, self._salt) if metadata.caller else None,
            "ticket_id": metadata.ticket_id,
            "wait_ms": metadata.wait_ms,
            "told_hold_ms": metadata.hold_ms,
        }

    def _insert_row(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())
        )

    def _insert_rows(self, table: str, rows: Sequence[dict[str, Any]], call_id: str) -> None:
        """Insert column by column: ``executemany`` takes a second for the words of a long call."""
        if not rows:
            return
        types = self._column_types(table)
        columns = [f"unnest(?::{types[name]}[])" for name in rows[0]]
        self._connection.execute(
            f"INSERT INTO {table} (call_id, {', '.join(rows[0])}) SELECT ?, {', '.join(columns)}",
            [call_id, *([row[name] for row in rows] for name in rows[0])],
        )

    @cache  # noqa: B019 - a writer lives as long as its run
    def _column_types(self, table: str) -> dict[str, str]:
        return dict(
            self._connection.execute(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ?",
                [table],
            ).fetchall()
        )


def caller_salt(connection: DuckDBPyConnection) -> bytes:
    """The secret under which this database hashes callers."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'caller_salt'").fetchone()
    if row is None:
        raise AssertionError("the first migration writes the salt")
    return bytes.fromhex(row[0])


def hash_caller(caller: str, salt: bytes) -> str:
    """HMAC-SHA256 (RFC 2104), hex, of a caller's number or account.

    Telephone numbers are reduced to their last nine digits first, so that ``+966 5x``, ``00966 5x``
    and ``05x`` are the same caller.
    """
    digits = "".join(str(int(char)) for char in caller if char.isdecimal())
    number = digits[-9:] if len(digits) >= 9 and not any(c.isalpha() for c in caller) else None
    return hmac.new(salt, (number or caller.strip()).encode(), hashlib.sha256).hexdigest()


def verdict_columns(verdict: CallVerdict | None) -> dict[str, Any]:
    return {
        "brush_off": verdict.brush_off if verdict else None,
        "brush_off_score": verdict.brush_off_score if verdict else None,
        "brush_off_unsure": verdict.unsure if verdict else None,
        "verdict_evidence": list(verdict.evidence) if verdict else None,
        "resolution": verdict.resolution if verdict else None,
    }


def score_columns(score: TurnScore | None) -> dict[str, Any]:
    return {
        "brush_off": score.brush_off if score else None,
        "unsure": score.unsure if score else None,
        "label_scores": {s.label: s.score for s in score.labels} if score else None,
        "positives": list(score.positives) if score else None,
    }


def turn_rows(
    utterances: Sequence[Utterance], scores: dict[int, TurnScore]
) -> list[dict[str, Any]]:
    rows = []
    for turn in utterances:
        score = scores.get(turn.turn_index)
        rows.append({
            "turn_index": turn.turn_index, "role": turn.role, "speaker": turn.speaker,
            "channel": turn.channel, "start_ms": turn.start_ms, "end_ms": turn.end_ms,
            "text": turn.text, "asr_confidence": turn.asr_confidence,
            **score_columns(score),
        })  # fmt: skip
    return rows


def word_rows(utterances: Sequence[Utterance]) -> list[dict[str, Any]]:
    return [
        {"turn_index": turn.turn_index, "word_index": index, **asdict(word)}
        for turn in utterances
        for index, word in enumerate(turn.words)
    ]


def flag_rows(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    return [{**asdict(flag), "evidence": list(flag.evidence)} for flag in flags]

"""Writing audits: every call in one transaction with all its children."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import StoreError
from audit.locations import url_of
from audit.store.database import database_path, transaction, write_failure
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
CHILDREN = ("turns", "words", "flags", "commitments", "holds", "redactions", "call_quarters")
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


@dataclass(frozen=True, slots=True)
class RunTally:
    """How far a run is; its row in ``runs``. ``stage_ms`` are sums over its calls."""

    run_id: str
    audited: int = 0
    unscorable: int = 0
    failed: int = 0
    skipped: int = 0
    audio_ms: int = 0
    stage_ms: tuple[tuple[str, int], ...] = ()

    def with_audit(self, audit: CallAudit) -> RunTally:
        stage_ms = Counter(dict(self.stage_ms))
        stage_ms.update(dict(audit.stage_ms))
        done = replace(
            self,
            audio_ms=self.audio_ms + audit.info.duration_ms,
            stage_ms=tuple(stage_ms.items()),
        )
        if audit.status == "audited":
            return replace(done, audited=self.audited + 1)
        return replace(done, unscorable=self.unscorable + 1)


class AuditWriter:
    """Writes the results of one run. Not shared between threads or processes: DuckDB has one writer.

    The counts of the run are stored with every call, so that those of a killed run are right too. A run
    that lets go of the database goes on with its ``tally`` in the next writer.
    """

    def __init__(
        self, connection: DuckDBPyConnection, description: RunDescription,
        tally: RunTally | None = None,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._salt = caller_salt(connection)
        self._path = database_path(connection)
        self.tally = tally or RunTally(uuid.uuid4().hex)
        if tally is None:
            self._begin(description)

    @property
    def run_id(self) -> str:
        return self.tally.run_id

    def _begin(self, description: RunDescription) -> None:
        with self._writing():
            begin_run(self._connection, self.run_id, description)

    def write_audit(self, audit: CallAudit) -> None:
        """Store a call, in place of what an earlier run stored of it.

        Raises ``StoreFullError`` when nothing can be written any more and ``StoreError`` when this call
        cannot be stored; either way nothing of it is.
        """
        recording = audit.recording
        tally = self.tally.with_audit(audit)
        with self._writing():
            self._delete_call(recording.call_id)
            self._delete_failure(recording.path)
            self._insert_row("calls", self._call_row(audit))
            self._insert_children(audit)
            self._save(tally)
        self.tally = tally

    def _insert_children(self, audit: CallAudit) -> None:
        call_id = audit.recording.call_id
        scores = dict(audit.judgement.scores) if audit.judgement else {}
        self._insert_rows("turns", turn_rows(audit.utterances, scores), call_id)
        self._insert_rows("words", word_rows(audit.utterances), call_id)
        if audit.judgement:
            self._insert_conclusions(audit.judgement, call_id)
        self._insert_rows("holds", [asdict(hold) for hold in audit.holds], call_id)
        self._insert_rows("redactions", [asdict(span) for span in audit.redacted], call_id)
        self._insert_rows("call_quarters", [asdict(part) for part in audit.quarters], call_id)

    def write_failure(self, failure: CallFailure, metadata: CallMetadata | None = None) -> None:
        """Store a failure, in place of an earlier one of the same recording.

        The call gets a row with status ``failed`` unless its ``call_id`` is taken by another call.
        Raises like ``write_audit``.
        """
        now = datetime.now(UTC)
        tally = replace(self.tally, failed=self.tally.failed + 1)
        with self._writing():
            self._delete_failure(failure.path)
            self._insert_row("failures", {
                "path": path_text(failure.path), "call_id": failure.call_id, "sha256": failure.sha256,
                "stage": failure.stage, "reason": as_text(failure.reason), "failed_at": now,
                "run_id": self.run_id,
            })  # fmt: skip
            if failure.call_id and self._may_replace(failure.call_id):
                self._delete_call(failure.call_id)
                self._insert_row("calls", {
                    **self._metadata_columns(metadata or CallMetadata()),
                    "call_id": failure.call_id, "sha256": failure.sha256,
                    "path": path_text(failure.path), "status": "failed", "run_id": self.run_id,
                })  # fmt: skip
            self._save(tally)
        self.tally = tally

    def forget_failures(self, paths: Sequence[Path]) -> None:
        """Delete failures that named no call, of paths (a folder) that are there now."""
        with self._writing():
            for path in paths:
                self._connection.execute(
                    "DELETE FROM failures WHERE path = ? AND call_id IS NULL", [path_text(path)]
                )

    def rewrite_judgement(self, call_id: str, judgement: Judgement) -> None:
        """Replace what was concluded from the words of a stored call; the words stay as they are."""
        verdict = {**verdict_columns(judgement.verdict), "run_id": self.run_id}
        columns = ", ".join(f"{name} = ?" for name in verdict)
        tally = replace(self.tally, audited=self.tally.audited + 1)
        with self._writing():
            for table in _CONCLUSIONS:
                self._connection.execute(f"DELETE FROM {table} WHERE call_id = ?", [call_id])
            self._insert_conclusions(judgement, call_id)
            self._update_scores(call_id, judgement)
            self._connection.execute(
                f"UPDATE calls SET {columns} WHERE call_id = ?", [*verdict.values(), call_id]
            )
            self._save(tally)
        self.tally = tally

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
        self.tally = replace(self.tally, skipped=self.tally.skipped + number)

    def finish(self) -> None:
        """Mark the run as ended."""
        with self._writing():
            self._save(self.tally)
            self._connection.execute(
                "UPDATE runs SET finished_at = now() WHERE run_id = ?", [self.run_id]
            )

    def _save(self, tally: RunTally) -> None:
        save_tally(self._connection, tally)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, with DuckDB's errors told as ours."""
        import duckdb

        try:
            with transaction(self._connection):
                yield
        except (duckdb.DataError, duckdb.IntegrityError, duckdb.InvalidInputException) as error:
            why = str(error).splitlines()[0]
            raise StoreError(f"the database cannot hold this call ({why})") from error
        except duckdb.ProgrammingError:
            raise  # a fault of ours, not of a call or a disk
        except duckdb.Error as error:
            raise write_failure(self._path, error) from error
        except RuntimeError as error:
            # DuckDB 1.5 says so of text that UTF-8 cannot hold (half a surrogate pair).
            if "Unable to cast" not in str(error):
                raise
            raise StoreError(
                "the database cannot hold this call (text with half a character)"
            ) from error

    def _delete_failure(self, path: Path) -> None:
        self._connection.execute("DELETE FROM failures WHERE path = ?", [path_text(path)])

    def _may_replace(self, call_id: str) -> bool:
        row = self._connection.execute(
            "SELECT status FROM calls WHERE call_id = ?", [call_id]
        ).fetchone()
        return row is None or row[0] == "failed"

    def _delete_call(self, call_id: str) -> None:
        stored = "SELECT 1 FROM calls WHERE call_id = ?"
        if not self._connection.execute(stored, [call_id]).fetchone():
            return  # children never stand alone, and looking for some in a large table takes long
        for table in (*CHILDREN, "calls"):
            self._connection.execute(f"DELETE FROM {table} WHERE call_id = ?", [call_id])

    def _call_row(self, audit: CallAudit) -> dict[str, Any]:
        roles = audit.roles
        return {
            **self._metadata_columns(audit.recording.metadata),
            "call_id": audit.recording.call_id,
            "sha256": audit.recording.sha256,
            "path": path_text(audit.recording.path),
            "size_bytes": audit.recording.size_bytes or None,
            "modified_ns": audit.recording.modified_ns or None,
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
            **(_measure_columns(audit) if audit.utterances else {}),
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
            "dialect": metadata.dialect,
            "caller_hash": hash_caller(metadata.caller, self._salt) if metadata.caller else None,
            "ticket_id": metadata.ticket_id,
            "wait_ms": metadata.wait_ms,
            "told_wait_ms": metadata.wait_ms,
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


def begin_run(connection: DuckDBPyConnection, run_id: str, description: RunDescription) -> None:
    """Store that a run begins now."""
    connection.execute(
        "INSERT INTO runs (run_id, started_at, version, recognizer, diarizer, classifier, "
        "config_sha256, config) VALUES (?, now(), ?, ?, ?, ?, ?, ?)",
        [
            run_id, description.version, description.recognizer, description.diarizer,
            description.classifier, description.config_sha256,
            json.dumps(description.config, ensure_ascii=False),
        ],
    )  # fmt: skip


def save_tally(connection: DuckDBPyConnection, tally: RunTally) -> None:
    """Store how far a run is."""
    connection.execute(
        "UPDATE runs SET audited = ?, unscorable = ?, failed = ?, skipped = ?, audio_ms = ?, "
        "stage_ms = map(?::VARCHAR[], ?::BIGINT[]) WHERE run_id = ?",
        [
            tally.audited, tally.unscorable, tally.failed, tally.skipped, tally.audio_ms,
            [name for name, _ in tally.stage_ms], [ms for _, ms in tally.stage_ms], tally.run_id,
        ],
    )  # fmt: skip


def caller_salt(connection: DuckDBPyConnection) -> bytes:
    """The secret under which this database hashes callers."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'caller_salt'").fetchone()
    if row is None:
        raise AssertionError("the first migration writes the salt")
    return bytes.fromhex(row[0])


def path_text(path: Path) -> str:
    """``path`` as text that a database can hold: bytes of a name that are not UTF-8 stand escaped, and
    a URL is a URL again."""
    return as_text(url_of(path) or os.fspath(path))


def as_text(text: str) -> str:
    """The same for a text that may name such a file."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def hash_caller(caller: str, salt: bytes) -> str:
    """HMAC-SHA256 (RFC 2104), hex, of a caller's number or account.

    Telephone numbers are reduced to their last nine digits first, so that ``+966 5x``, ``00966 5x``
    and ``05x`` are the same caller.
    """
    digits = "".join(str(int(char)) for char in caller if char.isdecimal())
    number = digits[-9:] if len(digits) >= 9 and not any(c.isalpha() for c in caller) else None
    return hmac.new(salt, (number or caller.strip()).encode(), hashlib.sha256).hexdigest()


def _measure_columns(audit: CallAudit) -> dict[str, Any]:
    told = audit.recording.metadata.wait_ms
    return {
        **asdict(audit.metrics),
        "wait_ms": audit.metrics.heard_wait_ms if told is None else told,
        "agent_voice": audit.voice.outcome if audit.voice else None,
        "agent_voice_score": audit.voice.score if audit.voice else None,
    }


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

"""Every check finds the row that it is for, and none is wrong about a sound database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from audit.errors import StoreError
from audit.store.consistency import check_database, checks
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import CallFailure, Hold, Recording, RedactedSpan
from tests.fault.standins import audit_of

HOLD = "INSERT INTO holds (call_id, start_ms, end_ms, kind, announced) VALUES "
#: Statement that breaks the database -> the check that must find it.
BROKEN = [
    ("UPDATE calls SET brush_off = NULL WHERE call_id = 'C1'", "audited_without_verdict"),
    ("DELETE FROM runs", "call_of_no_run"),
    (
        "INSERT INTO commitments (call_id, turn_index, start_ms, end_ms) VALUES ('C1', 99, 0, 1)",
        "commitment_of_no_turn",
    ),
    ("UPDATE calls SET sha256 = 'same' WHERE call_id IN ('C1', 'C2')", "content_twice"),
    ("DELETE FROM failures", "failed_without_failure"),
    ("INSERT INTO failures FROM failures", "failure_twice"),
    ("UPDATE flags SET turn_index = turn_index + 1", "flag_of_no_turn"),
    ("UPDATE flags SET end_ms = end_ms + 1", "flag_of_no_turn"),
    ("DELETE FROM turns WHERE call_id = 'C1'", "flag_of_no_turn"),
    (
        "UPDATE calls SET status = 'unscorable', brush_off = NULL WHERE call_id = 'C1'",
        "flag_of_unaudited_call",
    ),
    ("INSERT INTO flags FROM flags", "flag_twice"),
    (
        HOLD + "('C1', 5, 99999999, 'music', true)",
        "hold_outside_call",
    ),
    (
        HOLD + "('C1', 150, 300, 'music', true)",
        "hold_outside_call",
    ),
    (
        HOLD + "('none', 1, 2, 'music', true)",
        "hold_outside_call",
    ),
    ("UPDATE redactions SET turn_index = 99", "redaction_of_no_turn"),
    ("UPDATE runs SET audited = 0", "run_counts"),
    ("UPDATE calls SET brush_off_score = 101 WHERE call_id = 'C1'", "score_out_of_range"),
    ("UPDATE words SET probability = 'nan' WHERE call_id = 'C1'", "score_out_of_range"),
    ("UPDATE calls SET sha256 = NULL WHERE call_id = 'C1'", "status_without_sound"),
    ("UPDATE turns SET turn_index = turn_index + 1 WHERE call_id = 'C1'", "turn_gaps"),
    ("INSERT INTO turns FROM turns WHERE call_id = 'C1'", "turn_gaps"),
    ("UPDATE turns SET end_ms = 99999999 WHERE call_id = 'C1'", "turn_outside_call"),
    ("DELETE FROM calls WHERE call_id = 'C1'", "turn_outside_call"),
    ("UPDATE words SET start_ms = 0, end_ms = 1 WHERE turn_index = 1", "word_outside_turn"),
    ("INSERT INTO words FROM words WHERE call_id = 'C1'", "word_outside_turn"),
    ("UPDATE words SET turn_index = 99 WHERE call_id = 'C1'", "word_outside_turn"),
]


@pytest.fixture
def db(tmp_path):
    from dataclasses import replace

    path = tmp_path / "a.duckdb"
    with open_database(path, write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        for n in (1, 2, 3):
            audit = audit_of(Recording(f"C{n}", Path(f"/C{n}.wav"), f"{n}"))
            holds = (Hold(100, 200, "music", False), Hold(200, 900, "silence", True))
            spans = (RedactedSpan("phone", 1, None, 1000, 1100),)
            writer.write_audit(replace(audit, holds=holds, redacted=spans))
        writer.write_failure(CallFailure(Path("/D.wav"), "decode", "D.wav is empty", "D", "dd"))
        writer.finish()
    return path


def found(db):
    with open_database(db) as connection:
        return {finding.check.name: finding for finding in check_database(connection)}


def test_a_sound_database(db):
    assert found(db) == {}


@pytest.mark.parametrize(("statement", "check"), BROKEN)
def test_a_broken_rule_is_found(db, statement, check):
    with open_database(db, write=True) as connection:
        connection.execute(statement)
    finding = found(db)[check]
    assert finding.count >= 1
    assert len(finding.rows[0]) == len(finding.columns)


def test_every_check_says_what_must_hold_and_shows_no_words():
    assert len(checks()) >= 17
    for check in checks():
        assert check.rule.endswith(".")
        assert "text" not in check.sql


def test_a_damaged_block_is_found(db):
    with open_database(db, write=True) as connection:
        # More than a block of rows, so that the damage hits data.
        connection.execute(
            "INSERT INTO surveys (call_id, comment) "
            "SELECT 'C' || range, md5(range::VARCHAR) FROM range(300000)"
        )
    with db.open("r+b") as file:
        file.seek(os.path.getsize(db) // 2)
        file.write(b"damage" * 2000)
    with pytest.raises(StoreError, match=r"damaged|cannot be (read|opened)"):
        found(db)

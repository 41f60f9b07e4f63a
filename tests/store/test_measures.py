"""The measures of a conversation in the database: written, read back, shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.store.database import open_database
from audit.store.queries import CallDetail, run_query, show_call
from audit.store.writer import AuditWriter, RunDescription
from audit.types import (
    CallAudit,
    CallMetadata,
    CallMetrics,
    CallQuarter,
    Recording,
    VoiceCheck,
)
from tests.dummies import call_audit

RUN = RunDescription("0", "dummy", "dummy", "dummy", {}, "00")
METRICS = CallMetrics(
    agent_talk_ms=60_000, caller_talk_ms=40_000, agent_talk_share=0.6, agent_words_per_min=130.5,
    agent_syllables_per_s=4.2, agent_latency_median_ms=400, agent_latency_p90_ms=1900,
    loudness_difference_db=-3.5, agent_longest_monologue_ms=21_000, ringing_ms=7000, menu_ms=4000,
    heard_wait_ms=12_000, last_speaker="caller", cut_off=True, ended_by="agent",
    channel_offset_ms=300, channel_drift_ppm=12.5, first_agent_word_ms=16_000,
)  # fmt: skip
QUARTERS = tuple(
    CallQuarter(n, n * 1000, n * 1000 + 1000, 500, 300, 0.625, agent_latency_ms=100 * n)
    for n in range(1, 5)
)


def audit(wait_ms: int | None = None, **more: object) -> CallAudit:
    metadata = CallMetadata(agent_id="A1", wait_ms=wait_ms)
    made = call_audit(Recording("C-1", Path("/calls/C-1.wav"), "aa", metadata))
    return replace(made, metrics=METRICS, quarters=QUARTERS, **more)  # type: ignore[arg-type]


def stored(path: Path, *audits: CallAudit) -> CallDetail:
    with open_database(path, write=True) as connection:
        writer = AuditWriter(connection, RUN)
        for item in audits:
            writer.write_audit(item)
    with open_database(path) as connection:
        return show_call(connection, "C-1")


def test_measures_and_quarters_read_back(tmp_path: Path) -> None:
    detail = stored(tmp_path / "a.duckdb", audit(voice=VoiceCheck("A1", 0.41, "mismatch")))
    assert detail.metrics == METRICS
    assert detail.quarters == QUARTERS
    assert (detail.agent_voice, detail.agent_voice_score) == ("mismatch", 0.41)


def test_a_call_written_again_has_its_quarters_once(tmp_path: Path) -> None:
    detail = stored(tmp_path / "a.duckdb", audit(), replace(audit(), quarters=QUARTERS[:2]))
    assert detail.quarters == QUARTERS[:2]


@pytest.mark.parametrize(
    ("told", "wait", "told_wait"), [(None, 12_000, None), (45_000, 45_000, 45_000), (0, 0, 0)]
)
def test_the_wait_is_as_told_else_as_heard(
    tmp_path: Path, told: int | None, wait: int, told_wait: int | None
) -> None:
    path = tmp_path / "a.duckdb"
    assert stored(path, audit(told)).wait_ms == wait
    table = run_query(path, "SELECT wait_ms, told_wait_ms, heard_wait_ms FROM calls")
    assert table.rows == ((wait, told_wait, 12_000),)


def test_a_call_without_measures_shows_none(tmp_path: Path) -> None:
    detail = stored(tmp_path / "a.duckdb", replace(audit(), utterances=(), quarters=()))
    assert detail.metrics is None
    assert detail.quarters == ()
    assert detail.agent_voice is None


def test_show_prints_how_the_call_went(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    stored(path, audit(voice=VoiceCheck("A1", 0.41, "mismatch")))
    shown = CliRunner().invoke(app, ["show", "C-1", "--db", str(path)]).output
    assert "first agent word at 0:16, wait for an answer 0:12, ringing 0:07, menu 0:04" in shown
    assert "talk: agent 60%" in shown
    assert "130 words/min (4.2 syllables/s)" in shown
    assert "one in ten after more than 1.9 s" in shown
    assert "agent -3.5 dB against the caller" in shown
    assert "ended by: agent (last turn: caller, cut off within it)" in shown
    assert "channel 1 300 ms late against channel 0, drift 12.5 ppm" in shown
    assert "answers after 0.1 s → 0.2 s → 0.3 s → 0.4 s" in shown
    assert "is not the enrolled voice of A1 (likeness 0.41)" in shown

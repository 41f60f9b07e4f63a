from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from audit.cli import app
from audit.pipeline import HeardCall
from audit.training.evaluate_conversation import (
    EventCounts,
    compare_conversation,
    count_interruptions,
    totals,
)
from audit.training.reference import ReferenceCall, ReferenceInterruption, ReferenceTurn
from audit.types import (
    AudioInfo,
    CallMetrics,
    Diarization,
    Hold,
    Recording,
    RoleAssignment,
    Segment,
    TranscribedCall,
)
from tests.speakers.sounds import turns

SPOKEN = turns((0, 5000, "S0"), (4200, 9000, "S1"), (30_000, 34_000, "S0"))
REFERENCE = ReferenceCall(
    "c1", Path("c1.wav"),
    (ReferenceTurn("agent", 0, 5000, ""), ReferenceTurn("caller", 4200, 9000, ""),
     ReferenceTurn("agent", 30_000, 34_000, "")),
    (Segment(10_000, 29_000),), True, 80.0, "none", (True,),
    (ReferenceInterruption("caller", 4200),),
)  # fmt: skip


def heard(agent: str = "S0", *holds: Hold) -> HeardCall:
    caller = "S1" if agent == "S0" else "S0"
    diarization = Diarization(SPOKEN, SPOKEN, (("S0", 0), ("S1", 1)))
    call = TranscribedCall(
        Recording("c1", Path("c1.wav"), "aa"), AudioInfo(40_000, 2, 8000, "pcm"), "ar", (),
        diarization, holds,
    )  # fmt: skip
    roles = RoleAssignment(((agent, "agent"), (caller, "caller")), 1.0, "told")
    held = sum(hold.segment.duration_ms for hold in holds)
    return HeardCall(call, roles, CallMetrics(hold_ms=held))


def test_a_call_that_was_heard_right() -> None:
    found = compare_conversation(REFERENCE, heard("S0", Hold(10_100, 28_900, "music", True)))
    assert found.speakers.call_id == "c1"
    assert found.speakers.error_rate == 0
    assert found.roles_right
    assert found.hold_error_ms == 200
    assert found.holds == found.announced == EventCounts(1, 1, 1)
    assert found.interruptions == EventCounts(1, 1, 1)


def test_a_call_with_the_roles_exchanged() -> None:
    found = compare_conversation(REFERENCE, heard("S1", Hold(10_100, 28_900, "music", False)))
    assert not found.roles_right
    assert found.announced == EventCounts(0, 1, 0)
    assert found.interruptions == EventCounts(1, 1, 0)  # by the wrong party
    assert found.speakers.error_rate == 0


def test_a_call_in_which_nobody_was_heard() -> None:
    nobody = heard()
    call = replace(nobody.transcribed, diarization=Diarization((), ()))
    found = compare_conversation(REFERENCE, HeardCall(call))
    assert not found.roles_right
    assert found.hold_error_ms == 19_000
    assert found.interruptions == EventCounts(0, 1, 0)


def test_totals_count_calls() -> None:
    right = compare_conversation(REFERENCE, heard("S0", Hold(10_100, 28_900, "music", True)))
    wrong = compare_conversation(REFERENCE, heard("S1"))
    total = totals([right, wrong])
    assert (total.calls, total.roles_right, total.holds_right) == (2, 1, 1)
    assert total.interruptions == EventCounts(2, 2, 1)
    assert (total.interruptions.precision, total.interruptions.recall) == (0.5, 0.5)
    assert (EventCounts().precision, EventCounts().recall) == (None, None)


cuts = st.lists(
    st.builds(
        ReferenceInterruption, st.sampled_from(["agent", "caller"]), st.integers(0, 20_000)
    ),
    max_size=8,
)  # fmt: skip


@given(cuts, cuts)
def test_each_interruption_is_counted_once(
    found: list[ReferenceInterruption], reference: list[ReferenceInterruption]
) -> None:
    counts = count_interruptions(found, reference)
    assert counts.right <= min(counts.found, counts.reference)
    assert count_interruptions(reference, reference).right == len(reference)


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_prints_and_writes_all_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    import audit.pipeline
    import audit.training.evaluate_conversation as module

    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "c1.json").write_text("{}", encoding="utf-8")
    result = compare_conversation(REFERENCE, heard("S0", Hold(10_100, 28_900, "music", True)))
    monkeypatch.setattr(audit.pipeline, "load_pipeline", lambda settings: None)
    monkeypatch.setattr(module, "evaluate_conversations", lambda *_: iter([result]))
    out = tmp_path / "figures.json"
    words = ["evaluate", "speakers", str(tmp_path), "--out", str(out), *(["--json"] * as_json)]
    printed = CliRunner().invoke(app, words)
    assert printed.exit_code == 0, printed.output
    figures = json.loads(out.read_text("utf-8"))
    assert figures["calls"][0]["hold_error_ms"] == 200
    assert figures["all"]["roles_right"] == 1
    assert figures["all"]["interruptions"]["precision"] == 1.0
    if as_json:
        lines = [json.loads(line) for line in printed.output.splitlines()]
        assert lines == [*figures["calls"], figures["all"]]
    else:
        assert "roles right in 1 of 1 calls" in printed.output
        assert "precision 1.00, recall 1.00" in printed.output

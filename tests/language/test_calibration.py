from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import ModelError
from audit.language.calibration import (
    Calibration,
    Output,
    read_calibration,
    write_calibration,
)
from audit.types import LABELS, POSITIVES

OUTPUT = Output(1.0, 0.0, 0.5)
CALIBRATION = Calibration(
    brush_off=Output(2.0, -1.0, 0.45),
    labels=dict.fromkeys(LABELS, OUTPUT),
    positives=dict.fromkeys(POSITIVES, OUTPUT),
    unsure=(0.4, 0.6),
)
LOGITS = st.lists(st.floats(-30, 30), min_size=12, max_size=12)


@given(LOGITS)
def test_flagged_exactly_when_taken_for_a_brush_off(logits: list[float]) -> None:
    score = CALIBRATION.score(logits)
    assert bool(score.flagged) == (score.brush_off >= 0.45)
    assert all(0.0 <= item.score <= 1.0 for item in score.labels + score.positive_scores)
    assert score.unsure == (0.4 <= score.brush_off < 0.6)


def test_a_brush_off_without_a_sure_label_gets_the_nearest() -> None:
    logits = [3.0] + [-4.0] * 7 + [-9.0] * 4
    logits[1 + LABELS.index("stalling")] = -1.0
    assert CALIBRATION.score(logits).flagged == ("stalling",)


def test_probabilities_do_not_overflow() -> None:
    assert OUTPUT.probability(-1e6) == 0.0
    assert OUTPUT.probability(1e6) == 1.0


def test_it_is_read_as_written(tmp_path: Path) -> None:
    write_calibration(CALIBRATION, tmp_path)
    assert read_calibration(tmp_path) == CALIBRATION


@pytest.mark.parametrize("content", ["", "[]", '{"brush_off": {}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "calibration.json").write_text(content)
    with pytest.raises(ModelError, match=r"calibration\.json"):
        read_calibration(tmp_path)

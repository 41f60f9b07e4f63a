from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from audit.errors import UsageError
from audit.speech.diarizers.channels import ChannelsDiarizer
from audit.training.evaluate_speakers import (
    compare_speakers,
    evaluate_speakers,
    overall,
    read_rttm,
)
from audit.types import Diarization, Waveform
from tests.dummies import write_wav
from tests.speakers.sounds import real_audio, turns

REFERENCE = turns((0, 10_000, "agent"), (10_000, 20_000, "caller"))


class Known:
    """Always hears the same speakers."""

    name = "known"

    def __init__(self) -> None:
        self.heard: list[Waveform] = []

    def diarize(self, waveform: Waveform) -> Diarization:
        self.heard.append(waveform)
        found = turns((0, 1000, "S0"), (1000, 2000, "S1"))
        return Diarization(found, found)


def test_kinds_of_error() -> None:
    perfect = compare_speakers(REFERENCE, turns((0, 10_000, "x"), (10_000, 20_000, "y")), 20_000)
    assert perfect.error_rate == 0
    missed = compare_speakers(REFERENCE, turns((0, 10_000, "x")), 20_000, 0.0)
    assert (missed.missed_s, missed.error_rate) == (10.0, 0.5)
    merged = compare_speakers(REFERENCE, turns((0, 20_000, "x")), 20_000, 0.0)
    assert (merged.confusion_s, merged.speakers, merged.reference_speakers) == (10.0, 1, 2)
    extra = compare_speakers(REFERENCE, (*REFERENCE, *turns((20_000, 25_000, "agent"))), 30_000, 0)
    assert extra.false_alarm_s == 5.0
    assert overall([missed, merged, extra]).error_rate == pytest.approx(25 / 60)


def test_collar_is_the_total_width() -> None:
    late = turns((120, 10_000, "x"), (10_120, 20_000, "y"))
    assert compare_speakers(REFERENCE, late, 20_000, 0.25).error_rate == 0
    assert compare_speakers(REFERENCE, late, 20_000, 0.1).error_rate > 0
    with pytest.raises(UsageError, match="negative"):
        compare_speakers(REFERENCE, late, 20_000, -1.0)


def rttm(path: Path, text: str = "SPEAKER c 1 0.0 1.0 <NA> <NA> a <NA> <NA>\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "SPEAKER c 1 1.0 1.0 <NA> <NA> b <NA> <NA>\n", encoding="utf-8")
    return path


def tone(path: Path, level: float, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.full((channels, 32_000), level, np.float32))


def test_recordings_beside_and_in_recordings_and_in_two_tracks(tmp_path: Path) -> None:
    rttm(tmp_path / "a" / "one.rttm")
    tone(tmp_path / "a" / "one.wav", 0.1)
    rttm(tmp_path / "b" / "reference" / "two.rttm")
    tone(tmp_path / "b" / "recordings" / "two.wav", 0.1, channels=2)
    rttm(tmp_path / "c" / "three.rttm")
    tone(tmp_path / "c" / "three_agent.wav", 0.1)
    tone(tmp_path / "c" / "three_caller.wav", 0.2)
    diarizer = Known()
    results = list(evaluate_speakers(tmp_path, diarizer))
    assert [result.call_id for result in results] == ["one", "two", "three"]
    assert [result.error_rate for result in results] == [0.0, 0.0, 0.0]
    assert [sound.channels for sound in diarizer.heard] == [1, 2, 2]
    assert diarizer.heard[2].samples[:, 16_000] == pytest.approx([0.1, 0.2], abs=0.01)


def test_bad_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \*\.rttm"):
        list(evaluate_speakers(tmp_path, Known()))
    rttm(tmp_path / "lonely.rttm")
    with pytest.raises(UsageError, match="no recording lonely"):
        list(evaluate_speakers(tmp_path, Known()))


@pytest.mark.parametrize(
    "line", ["SPEAKER c 1 0.0\n", "SPEAKER c 1 x 1.0 <NA> <NA> a\n", "SPEAKER c 1 0 nan - - a\n",
             "SPEAKER c 1 -1 2 - - a\n", "SPEAKER c 1 1 0 - - a\n"]
)  # fmt: skip
def test_wrong_rttm_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(UsageError, match=r"bad\.rttm:1"):
        read_rttm(rttm(tmp_path / "bad.rttm", line))


def test_rttm_without_speakers_or_text(tmp_path: Path) -> None:
    empty = tmp_path / "empty.rttm"
    empty.write_text("SPKR-INFO c 1 <NA>\n\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no SPEAKER line"):
        read_rttm(empty)
    empty.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="UTF-8"):
        read_rttm(empty)
    with pytest.raises(UsageError, match="cannot be read"):
        read_rttm(tmp_path / "absent.rttm")


def test_real_stereo_call() -> None:
    (result,) = evaluate_speakers(real_audio() / "call_auto_repairs", ChannelsDiarizer())
    assert result.error_rate <= 0.06
    assert result.speakers == 2

"""The committed sample calls: scripts, references, recordings and manifest fit each other."""

import csv
import itertools
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.errors import TasleekError
from audit.synthesis.__main__ import main
from audit.synthesis.arabic_phonemes import bare_spelling
from audit.synthesis.call_script import (
    CallScript,
    read_script,
    read_scripts,
)
from audit.synthesis.mbrola import SAMPLE_RATE_HZ, VOICES, Samples, Voice, is_installed
from audit.synthesis.recording_file import read_recording
from audit.synthesis.samples import (
    MANIFEST_COLUMNS,
    reference_of,
    render_call,
    rttm_of,
    write_call,
)
from audit.types import LABELS, POSITIVES, RESOLUTIONS

FOLDER = Path(__file__).parents[2] / "data" / "samples"
SCRIPTS = {script.call_id: script for script in read_scripts(FOLDER / "scripts")}
CALL_IDS = sorted(SCRIPTS)
LOSSLESS = {"mulaw", "pcm", "flac"}
SIZE_LIMIT_BYTES = 15_000_000

needs_mbrola = pytest.mark.skipif(
    not all(is_installed(voice) for voice in VOICES.values()),
    reason="mbrola or its voice ar2 is not installed (scripts/install-voices.sh)",
)


def reference(call_id: str) -> dict[str, Any]:
    text = (FOLDER / "reference" / f"{call_id}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def recording(call_id: str) -> tuple[Samples, int]:
    return read_recording(FOLDER / "recordings" / SCRIPTS[call_id].recording_name)


def manifest() -> list[dict[str, str]]:
    with (FOLDER / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rms_dbfs(samples: Samples) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def noise_for(text: str, voice: Voice, seed: int) -> Samples:
    """A voice that needs no mbrola: 40 ms of noise a letter."""
    chance = np.random.default_rng(seed)
    count = len(text) * 40 * SAMPLE_RATE_HZ // 1000
    return (0.1 * chance.standard_normal(count)).astype(np.float32)


def test_twelve_calls_of_between_15_and_25_minutes_under_15_mb() -> None:
    assert len(CALL_IDS) == 12
    minutes = sum(reference(call_id)["audio"]["duration_ms"] for call_id in CALL_IDS) / 60_000
    assert 15 < minutes < 25
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file())
    assert size < SIZE_LIMIT_BYTES


def test_every_label_and_both_verdicts_occur() -> None:
    turns = [turn for script in SCRIPTS.values() for turn in script.turns]
    assert {label for turn in turns for label in turn.labels} == set(LABELS)
    assert {name for turn in turns for name in turn.positives} == set(POSITIVES)
    verdicts = Counter(script.verdict.brush_off for script in SCRIPTS.values())
    assert verdicts[True] >= 4
    assert verdicts[False] >= 4


def test_calls_differ_in_agents_vendors_and_forms() -> None:
    scripts = SCRIPTS.values()
    assert len({script.agent_id for script in scripts}) >= 5
    assert len({script.vendor for script in scripts} - {""}) == 2
    assert {script.agent_channel for script in scripts} == {None, 0, 1}
    codecs = {(script.form.codec, script.form.channels) for script in scripts}
    assert {("mulaw", 1), ("mulaw", 2), ("opus", 2), ("mp3", 1), ("mp3", 2)} <= codecs
    assert {("gsm", 1), ("flac", 2), ("pcm", 2), ("aac", 2)} <= codecs


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_script_is_a_call(call_id: str) -> None:
    script = SCRIPTS[call_id]
    assert 8 <= len(script.turns) <= 22
    assert script.agent_voice != script.caller_voice
    assert {turn.speaker for turn in script.turns} == {"agent", "caller"}
    assert script.started_at.utcoffset() == timedelta(hours=3)
    assert 0 <= script.verdict.brush_off_score <= 100
    assert script.verdict.brush_off == (script.verdict.brush_off_score >= 50)
    assert script.verdict.resolution in RESOLUTIONS
    for turn in script.turns:
        assert turn.text == bare_spelling(turn.text), "the transcript is undiacritized"
        assert bare_spelling(turn.say).split()[0][0] == turn.text[0], "text and say belong together"


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_reference_repeats_the_script(call_id: str) -> None:
    script, told = SCRIPTS[call_id], reference(call_id)
    assert [turn.text for turn in script.turns] == [turn["text"] for turn in told["turns"]]
    assert [list(turn.labels) for turn in script.turns] == [t["labels"] for t in told["turns"]]
    assert told["verdict"]["brush_off_score"] == script.verdict.brush_off_score
    rttm = (FOLDER / "reference" / f"{call_id}.rttm").read_text(encoding="utf-8")
    assert rttm == rttm_of(told)


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_reference_times_are_within_the_call(call_id: str) -> None:
    told = reference(call_id)
    duration_ms = told["audio"]["duration_ms"]
    spans = [*told["turns"], *told["holds"], *told["ringback"], *told["overlaps"]]
    assert all(0 <= span["start_ms"] < span["end_ms"] <= duration_ms for span in spans)
    starts = [turn["start_ms"] for turn in told["turns"]]
    assert starts == sorted(starts)
    for hold, turn in itertools.product(told["holds"], told["turns"]):
        assert turn["end_ms"] <= hold["start_ms"] or turn["start_ms"] >= hold["end_ms"]
    for interruption in told["interruptions"]:
        turn = told["turns"][interruption["turn"]]
        before = told["turns"][interruption["turn"] - 1]
        assert turn["role"] == interruption["by"] != before["role"]
        assert turn["start_ms"] == interruption["at_ms"] < before["end_ms"]


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_recording_has_the_form_and_length_it_is_said_to_have(call_id: str) -> None:
    told = reference(call_id)["audio"]
    sound, sample_rate_hz = recording(call_id)
    assert sound.shape[0] == told["channels"]
    assert told["codec"] == "opus" or sample_rate_hz == told["sample_rate_hz"]
    heard_ms = sound.shape[1] * 1000 / sample_rate_hz
    assert heard_ms == pytest.approx(
        told["duration_ms"], abs=2 if told["codec"] in LOSSLESS else 80
    )


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_levels_are_sane_and_each_turn_is_where_the_reference_says(call_id: str) -> None:
    told = reference(call_id)
    sound, sample_rate_hz = recording(call_id)
    assert float(np.abs(sound).max()) < 1.0
    per_ms = sample_rate_hz / 1000
    talk = np.zeros(sound.shape, dtype=bool)
    for turn in told["turns"]:
        channel = turn["channel"] or 0
        start, end = round(turn["start_ms"] * per_ms), round(turn["end_ms"] * per_ms)
        assert -26 < rms_dbfs(sound[channel, start:end]) < -16
        talk[channel, max(0, start - round(30 * per_ms)) : end + round(30 * per_ms)] = True
    for hold in [*told["holds"], *told["ringback"]]:
        if hold.get("kind") != "silence":
            start, end = round(hold["start_ms"] * per_ms), round(hold["end_ms"] * per_ms)
            talk[:, max(0, start - round(30 * per_ms)) : end + round(30 * per_ms)] = True
    for channel in range(sound.shape[0]):
        assert rms_dbfs(sound[channel][~talk[channel]]) < -44, "speech outside the turns"


@pytest.mark.parametrize("call_id", CALL_IDS)
def test_timeline_of_a_script_with_another_voice(call_id: str) -> None:
    script = SCRIPTS[call_id]
    call = render_call(script, noise_for)
    assert call.sound.shape == (script.form.channels, call.timeline.length)
    told = reference_of(script, call.timeline, 0)
    asked = [turn for turn in script.turns if turn.hold is not None]
    assert [hold["end_ms"] - hold["start_ms"] for hold in told["holds"]] == [
        turn.hold.duration_ms for turn in asked if turn.hold is not None
    ]
    assert len(told["interruptions"]) == sum(turn.interrupts for turn in script.turns)
    for interruption in told["interruptions"]:
        overlap_starts = [overlap["start_ms"] for overlap in told["overlaps"]]
        assert interruption["at_ms"] in overlap_starts


def test_manifest_lists_every_call_once_in_time_order() -> None:
    rows = manifest()
    assert list(rows[0]) == list(MANIFEST_COLUMNS)
    assert sorted(row["call_id"] for row in rows) == CALL_IDS
    assert all((FOLDER / row["path"]).is_file() for row in rows)
    starts = [row["started_at"] for row in rows]
    assert starts == sorted(starts)
    assert all(row["hold_s"] == "" for row in rows)
    assert sum(row["agent_channel"] != "" for row in rows) == 2
    for row in rows:
        if row["agent_channel"]:
            assert int(row["agent_channel"]) == SCRIPTS[row["call_id"]].agent_channel


def test_the_branch_call_is_the_hotline_caller_again() -> None:
    hotline, branch = SCRIPTS["s10-hotline-deflection"], SCRIPTS["s11-branch-solved"]
    assert (hotline.caller, hotline.ticket_id) == (branch.caller, branch.ticket_id)
    assert (hotline.service_channel, branch.service_channel) == ("hotline", "branch")
    assert hotline.verdict.brush_off
    assert not branch.verdict.brush_off


def broken(tmp_path: Path, call_id: str, old: str, new: str) -> Path:
    text = (FOLDER / "scripts" / f"{call_id}.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{call_id}.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('labels = ["deflection"]', 'labels = ["rudeness"]', "rudeness"),
        ('codec = "mulaw"', 'codec = "tape"', "tape"),
        ('agent_voice = "base"', 'agent_voice = "nobody"', "nobody"),
        ("agent_channel = 0\n", "", "agent_channel"),
        ('speaker = "caller"', 'speaker = "other"', "other"),
        ('call_id = "s05', 'call_id = "s95', "s95"),
        ("[verdict]", "[verdict", "s05-repaired-slip"),
    ],
)
def test_a_wrong_script_is_refused_by_name(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = broken(tmp_path, "s05-repaired-slip", old, new)
    with pytest.raises(TasleekError, match=named) as caught:
        read_script(path)
    assert str(path) in str(caught.value)


def test_command_reports_a_folder_without_scripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 1
    assert "no scripts" in capsys.readouterr().err


def test_writing_a_call_leaves_recording_and_references(tmp_path: Path) -> None:
    for name in ("recordings", "reference"):
        (tmp_path / name).mkdir()
    script: CallScript = SCRIPTS["s08-firm-refusal"]
    write_call(tmp_path, script, noise_for)
    sound, sample_rate_hz = read_recording(tmp_path / "recordings" / script.recording_name)
    told = json.loads((tmp_path / "reference" / f"{script.call_id}.json").read_text("utf-8"))
    assert sound.shape[0] == 2
    assert sound.shape[1] * 1000 // sample_rate_hz == told["audio"]["duration_ms"]


@needs_mbrola
@pytest.mark.parametrize("call_id", ["s08-firm-refusal", "s10-hotline-deflection"])
def test_a_rebuild_gives_the_committed_call(tmp_path: Path, call_id: str) -> None:
    for name in ("recordings", "reference"):
        (tmp_path / name).mkdir()
    write_call(tmp_path, SCRIPTS[call_id])
    rebuilt = json.loads((tmp_path / "reference" / f"{call_id}.json").read_text("utf-8"))
    assert rebuilt == reference(call_id)
    name = SCRIPTS[call_id].recording_name
    again, _ = read_recording(tmp_path / "recordings" / name)
    committed, _ = recording(call_id)
    assert np.abs(again - committed).max() < 0.01

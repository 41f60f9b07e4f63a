"""The arithmetic, the options and the page of the speed benchmark, on made-up measurements."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from audit.types import Segment
from benchmarks.flame_graph import draw, read_stacks
from benchmarks.pipelines.transcript import HeardTurn, joined, speaker_at
from benchmarks.speed import page
from benchmarks.speed.__main__ import arguments
from benchmarks.speed.accuracy import match_flags
from benchmarks.speed.measure import Measured, run_measured
from benchmarks.speed.plan import (
    FLOOR,
    ONE_CORE,
    OURS,
    PIPELINES,
    SEQUENTIAL,
    STACK,
    WHOLE,
    Job,
    command,
    plan,
)
from benchmarks.speed.recordings import TimedRecording, split, with_speech, write_manifest
from benchmarks.speed.results import Results
from benchmarks.speed.summary import Run, accuracy, real_time_factors, spread, time_ratios

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
BY_NAME = {pipeline.name: pipeline for pipeline in PIPELINES}


def run(pipeline, number, wall_s, part=WHOLE, audio_s=100.0):
    return Run(pipeline, number, part, audio_s, wall_s, 2 * wall_s, 10**9, 2 * 10**9)


def recording(name, seconds):
    return TimedRecording(name, Path(f"/{name}.wav"), seconds * 1000, 2)


def call(name, **changes):
    counts = {
        "call_id": name, "word_edits": 30, "words": 100, "character_edits": 10, "characters": 100,
        "labelled": 4, "found": 3, "raised": 5, "verdict_right": True,
    }  # fmt: skip
    return counts | changes


def test_ratios_are_taken_round_by_round_on_the_same_part():
    runs = [
        run(OURS, 1, 10.0), run(OURS, 2, 20.0), run(OURS, 1, 3.0, "1", 30.0),
        run(FLOOR, 1, 9.0), run(FLOOR, 2, 10.0), run(FLOOR, 3, 999.0),
        run(STACK, 1, 24.0, "1", 30.0), run(STACK, 2, 24.0, "2", 30.0),
    ]  # fmt: skip
    ours = time_ratios(runs, OURS, FLOOR)
    assert (ours.least, ours.most, ours.count) == (pytest.approx(10 / 9), 2.0, 2)
    assert ours.median == pytest.approx((10 / 9 + 2) / 2)
    stack = time_ratios(runs, STACK, OURS)
    assert (stack.median, stack.count) == (8.0, 1)


def test_a_spread_has_the_median_of_the_values():
    found = spread([3.0, 1.0, 10.0])
    assert (found.least, found.median, found.most) == (1.0, 3.0, 10.0)
    assert spread([]) is None


def test_real_time_factors_are_those_of_the_pipeline_alone():
    found = real_time_factors([run(OURS, 1, 10.0), run(OURS, 2, 30.0), run(FLOOR, 1, 1.0)], OURS)
    assert (found.least, found.most) == (pytest.approx(0.1), pytest.approx(0.3))


def test_long_calls_weigh_more_in_error_rates():
    found = accuracy([call("a"), call("b", word_edits=300, words=300, verdict_right=None)])
    assert found.wer == pytest.approx(330 / 400)
    assert (found.found, found.labelled, found.verdicts_right, found.verdicts) == (6, 8, 1, 1)


def test_a_pipeline_without_speakers_has_no_flags():
    found = accuracy([call("a", found=None, raised=None, verdict_right=None)])
    assert (found.found, found.raised, found.verdicts_right) == (None, None, None)


def test_a_flagged_turn_finds_one_labelled_turn():
    labelled = [Segment(0, 1000), Segment(2000, 3000), Segment(5000, 6000)]
    assert match_flags([Segment(0, 6000)], labelled) == 1
    assert match_flags([Segment(100, 900), Segment(2600, 4600)], labelled) == 1
    assert match_flags([Segment(100, 900), Segment(2400, 3400)], labelled) == 2
    assert match_flags([], labelled) == 0


def test_every_recording_is_in_one_part_and_parts_are_alike():
    recordings = [recording(f"r{n}", seconds) for n, seconds in enumerate((90, 10, 60, 50, 40, 50))]
    parts = split(recordings, 3)
    assert sorted(r.call_id for part in parts for r in part) == [f"r{n}" for n in range(6)]
    assert {sum(r.duration_ms for r in part) for part in parts} == {100_000}


def test_after_as_many_rounds_as_parts_everybody_has_heard_everything():
    recordings = [recording(f"r{n}", 60) for n in range(6)]
    pipelines = [BY_NAME[OURS], BY_NAME[FLOOR], BY_NAME[STACK]]
    jobs = plan(pipelines, split(recordings, 3), 3)
    heard = [r.call_id for job in jobs if job.pipeline.name == STACK for r in job.recordings]
    assert sorted(heard) == [r.call_id for r in recordings]
    same = {(job.round, job.part) for job in jobs if job.pipeline.name == OURS}
    assert {(job.round, job.part) for job in jobs} <= same
    assert sum(job.pipeline.name == FLOOR and job.part == WHOLE for job in jobs) == 3
    assert len({job.key for job in jobs}) == len(jobs)
    words = [r.call_id for job in jobs if job.keep_pii for r in job.recordings]
    assert sorted(words) == [r.call_id for r in recordings]


def test_rounds_begin_with_another_pipeline_each():
    jobs = plan([BY_NAME[OURS], BY_NAME[FLOOR]], split([recording("a", 9)], 1), 2)
    assert [(job.round, job.pipeline.name) for job in jobs] == [
        (1, OURS), (1, FLOOR), (2, FLOOR), (2, OURS),
    ]  # fmt: skip
    assert [job.keep_pii for job in jobs] == [False, False, False, True]


def test_commands_name_the_recordings_and_the_settings(tmp_path):
    sounds = (recording("a", 9),)
    ours = command(Job(BY_NAME[ONE_CORE], 1, WHOLE, sounds), tmp_path, Path("m.csv"))
    assert ours[1:3] == ["audit", "/a.wav"]
    assert ours[-2:] == ["--workers", "1"]
    other = command(Job(BY_NAME[SEQUENTIAL], 1, WHOLE, sounds), tmp_path, Path("m.csv"))
    assert Path(other[1]).is_file()
    assert other[2:4] == ["--mode", "sequential"]
    assert other[-1] == "/a.wav"


def test_options_have_defaults_and_wrong_ones_are_named(capsys):
    assert arguments([]).rounds == 3
    assert arguments(["--only", OURS, "rescoring"]).only == [OURS, "rescoring"]
    for wrong, named in (
        (["--only", "nobody"], "nobody"),
        (["--rounds", "0"], "--rounds"),
        (["--parts", "-1"], "--parts"),
        (["--rounds", "some"], "some"),
    ):
        with pytest.raises(SystemExit) as ended:
            arguments(wrong)
        assert ended.value.code == 2
        assert named in capsys.readouterr().err


def test_what_is_measured_is_not_measured_again_until_something_changes(tmp_path):
    file = tmp_path / "bench" / "results.json"
    job = Job(BY_NAME[OURS], 1, WHOLE, (recording("a", 9),))
    measured = run_measured([sys.executable, "-c", "pass"], tmp_path / "log")
    first = Results(file, "one")
    first.more["start-up"] = {"s": 1}
    first.add_run(job, measured)
    again = Results(file, "one")
    assert again.has_run(job)
    assert again.more == {"start-up": {"s": 1}}
    assert again.runs[0].audio_s == 9.0
    assert not Results(file, "two").has_run(job)
    assert len(list(file.parent.glob("results-*.json"))) == 1


def test_a_command_is_measured_with_its_children(tmp_path):
    # By a small process: the peak of a child begins with the memory of the one that forked it.
    child = "x = bytearray(60_000_000); sum(n for n in range(10**6)); import time; time.sleep(0.3)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    measuring = (
        "import json, sys; from dataclasses import asdict; from pathlib import Path\n"
        "from benchmarks.speed.measure import Measured, run_measured\n"
        f"found = run_measured([sys.executable, '-c', {parent!r}], Path({str(tmp_path / 'log')!r}))\n"
        "print(json.dumps(asdict(found)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", measuring], cwd=ROOT, capture_output=True, text=True, check=True
    )
    measured = Measured(**json.loads(printed.stdout))
    assert measured.exit_code == 0
    assert 60_000_000 < measured.largest_bytes < measured.tree_bytes
    assert measured.wall_s > 0.3
    assert measured.cpu_s > 0.01


def test_a_pinned_command_sees_its_core_only(tmp_path):
    core = min(os.sched_getaffinity(0))
    run_measured(
        [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"],
        tmp_path / "log",
        cores=(core,),
    )
    assert (tmp_path / "log").read_text().strip() == f"{{{core}}}"


def test_a_command_that_fails_says_why(tmp_path):
    measured = run_measured([sys.executable, "-c", "raise SystemExit('no way')"], tmp_path / "log")
    assert measured.exit_code == 1
    assert "no way" in measured.said


def test_a_call_of_so_much_speech_is_as_long_as_asked():
    pieces = with_speech(120_000, 600_000)
    waiting = [piece.wait_ms for piece in pieces if piece.kind]
    assert {piece.kind for piece in pieces if piece.kind} == {"music", "silence"}
    assert 300_000 < sum(waiting) < 480_000
    assert not any(piece.kind for piece in with_speech(120_000))


def test_the_manifest_keeps_what_is_known_of_a_call(tmp_path):
    source = tmp_path / "source.csv"
    source.write_text("path,call_id,agent_id\nx.wav,a,A7\n", encoding="utf-8")
    found = write_manifest([recording("a", 1), recording("b", 1)], source, tmp_path / "m.csv")
    assert found.read_text(encoding="utf-8").splitlines() == [
        "agent_id,call_id,path", "A7,a,/a.wav", ",b,/b.wav",
    ]  # fmt: skip


def test_words_go_to_the_speaker_who_shares_most_of_their_time():
    turns = [(0, 1000, "A"), (1000, 3000, "B"), (9000, 9500, "A")]
    assert speaker_at(turns, 500, 1800) == "B"
    assert speaker_at(turns, 100, 1200) == "A"
    assert speaker_at(turns, 7000, 8000) == "A"
    assert speaker_at([], 0, 1) == ""


def test_neighbours_of_one_speaker_are_one_turn():
    turns = [HeardTurn(0, 1, "a", "A"), HeardTurn(1, 2, "b", "A"), HeardTurn(2, 3, "c", "B")]
    assert [(t.text, t.start_ms, t.end_ms) for t in joined(turns)] == [("a b", 0, 2), ("c", 2, 3)]
    nobody = [replace(turn, speaker="") for turn in turns]
    assert joined(nobody) == nobody


ABOUT = {
    "date": "2026-01-01", "command": "make bench", "rounds": 1,
    "machine": {
        "processor": "P", "cores": 2, "memory_gb": 8, "system": "Linux", "python": "3.11.1",
        "versions": {"torch": "1"},
    },
    "recordings": {
        "count": 2, "audio_s": 100.0, "stereo": 1, "mono": 1, "speech_s": 80.0, "hold_s": 5.0,
    },
}  # fmt: skip


def rendered(runs, calls=None, more=None):
    return page.render(ABOUT, runs, calls or {}, more or {})


def target(text, name):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_says_what_is_reached_and_what_is_not():
    runs = [run(OURS, 1, 10.0), run(FLOOR, 1, 9.0), run(STACK, 1, 50.0), run(ONE_CORE, 1, 18.0)]
    text = rendered(runs, {OURS: [call("a")], STACK: [call("a", found=4, word_edits=25)]})
    assert target(text, "openai-whisper +")[1:] == ["5.00, 5.00, 5.00", "at least 6", "**no**"]
    assert target(text, "tasleek / faster-whisper")[1:] == [
        "1.11, 1.11, 1.11",
        "at most 1.3",
        "yes",
    ]
    assert target(text, "two workers")[1:] == ["1.80, 1.80, 1.80", "at least 1.6", "yes"]
    assert target(text, "WhisperX /")[1:] == ["not measured", "at least 2", "–"]
    assert target(text, "WER, tasleek less openai")[1:] == ["+5.0 points", "at most +1", "**no**"]
    assert target(text, "flags missed")[1:] == ["1 and 0", "no more", "**no**"]
    assert target(text, "peak of one worker")[1:] == ["1.00 GB", "at most 1.2 GB", "yes"]


def test_accuracy_is_compared_on_the_calls_that_both_heard():
    text = rendered(
        [run(OURS, 1, 10.0)],
        {OURS: [call("a"), call("b", word_edits=100)], STACK: [call("a", word_edits=31)]},
    )
    assert "| tasleek, whole audit | 2 | 65.0% |" in text
    assert "| openai-whisper, then pyannote.audio | 1 | 31.0% (30.0%) |" in text
    assert target(text, "WER, tasleek less openai")[1] == "-1.0 points"


def test_the_page_shows_every_experiment_that_was_made():
    long_call = {"wall_s": 50.0, "audio_s": 3600.0, "speech_s": 600.0, "largest_bytes": 1.1e9}
    more = {
        "stages": {"tasleek/round-1/all": {"decode": 1000, "recognize": 9000}},
        "silence": {
            "hour-10-min-speech": long_call,
            "15-min-speech": {**long_call, "wall_s": 60.0, "audio_s": 1000.0, "speech_s": 900.0},
        },
        "rescoring": {
            "rescore": {"calls": 9, "turns": 900, "scoring_s": 5.0, "wall_s": 6.0},
            "score": {"turns": 300, "wall_s": 2.0},
        },
        "start-up": {
            "seconds": {"help": [0.1, 0.2, 0.3]},
            "stereo": {"imported": [], "load_s": 1.5},
        },
        "absent": {"whisperx": "not measured: no pip"},
    }
    text = rendered([run(OURS, 1, 10.0)], more=more)
    assert target(text, "turns scored again")[1:] == ["180", "at least 150", "yes"]
    assert target(text, "an hour with 10")[1:] == ["0.83", "below 1", "yes"]
    assert target(text, "`recognize`")[1:] == ["9.0, 9.0, 9.0", "90.0%"]
    assert target(text, "`tasleek --help`")[1] == "100, 200, 300"
    assert "none of them" in text
    assert "not measured: no pip" in text


def test_only_what_stands_between_the_markers_is_replaced():
    before = f"# Title\n\n{page.BEGIN}\nold\n{page.END}\n\nafter\n"
    after = page.with_measured(before, "new")
    assert after == f"# Title\n\n{page.BEGIN}\n\nnew\n\n{page.END}\n\nafter\n"
    assert page.with_measured(after, "new") == after
    with pytest.raises(ValueError, match="measured"):
        page.with_measured("# Title", "new")


def test_the_performance_page_can_be_filled_in():
    text = PAGE.read_text(encoding="utf-8")
    assert text.count(page.BEGIN) == text.count(page.END) == 1
    assert page.with_measured(text, "x") != text


def test_a_flame_graph_shows_the_worker_without_waiting_imports_and_paths():
    worker = "process 7: x spawn_main(fd) --multiprocessing-fork;_work (audit/batch/worker.py:9)"
    root = read_stacks(
        [
            f"{worker};hear (audit/pipeline.py:5);load (<frozen importlib._bootstrap>:2) 6",
            f"{worker};hear (audit/pipeline.py:8);fft (/home/x/site-packages/numpy/fft.py:1) 2",
            f"{worker};_ConnectionBase.recv (multiprocessing/connection.py:250) 90",
            "process 6: tasleek audit;wait (audit/batch/worker.py:9) 50",
        ]
    )
    assert root.samples == 8
    text = draw(root)
    assert "<title>hear (audit/pipeline.py): 100.0%</title>" in text
    assert "<title>fft (numpy/fft.py): 25.0%</title>" in text
    assert not any(hidden in text for hidden in ("importlib", "recv", "/home", "spawn_main"))

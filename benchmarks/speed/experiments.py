"""What is measured of tasleek alone, beside the comparison of pipelines."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.speed.measure import Measured, run_measured
from benchmarks.speed.recordings import (
    SAMPLES,
    TimedRecording,
    build_joined,
    read_reference,
    speech_ms,
    with_speech,
)

_HERE = Path(__file__).resolve().parent
TASLEEK = str(Path(sys.executable).with_name("tasleek"))
_MINUTE_MS = 60_000
_STARTS = 5
#: Stored calls that are scored again, and turns that are scored as text.
_STORED_CALLS, _TURNS = 200, 1500


class FailedError(Exception):
    """A measured command did not end well."""


def checked(command: Sequence[str], log: Path, **options: Any) -> Measured:
    """``run_measured``; raises ``FailedError`` with the end of what the command said."""
    measured = run_measured(command, log, **options)
    if measured.exit_code:
        raise FailedError(f"exit code {measured.exit_code}; the end of {log}:\n{measured.said}")
    return measured


def cost_of_silence(work: Path, *, mono: bool = False) -> dict[str, Any]:
    """An hour with 10 minutes of speech against calls of about 10 and 15 minutes of speech alone.

    One worker with all cores. The hour is the longest recording too, for the peak of memory.
    """
    folder = work / ("long-mono" if mono else "long")
    calls = {
        "hour-10-min-speech": with_speech(10 * _MINUTE_MS, 60 * _MINUTE_MS),
        "10-min-speech": with_speech(10 * _MINUTE_MS),
        "15-min-speech": with_speech(15 * _MINUTE_MS),
    }
    return {
        name: _audited(build_joined(name, pieces, folder, mono=mono), folder, work / "logs")
        for name, pieces in calls.items()
    }


def _audited(recording: TimedRecording, folder: Path, logs: Path) -> dict[str, Any]:
    database = folder / f"{recording.call_id}.duckdb"
    database.unlink(missing_ok=True)
    measured = checked(
        [
            TASLEEK,
            "audit",
            str(recording.path),
            "--db",
            str(database),
            "--offline",
            "--workers",
            "1",
        ],
        logs / f"{folder.name}-{recording.call_id}.log",
    )
    assert recording.reference is not None
    return {
        **asdict(measured),
        "audio_s": recording.duration_ms / 1000,
        "speech_s": speech_ms(read_reference(recording.reference)) / 1000,
        "stage_ms": heard(database, folder / "heard")["stage_ms"],
    }


def heard(database: Path, out: Path) -> dict[str, Any]:
    """Writes what a database of audits holds to ``out``: see ``pipelines/audited.py``."""
    script = _HERE.parent / "pipelines" / "audited.py"
    done = subprocess.run(
        [sys.executable, str(script), str(database), str(out)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def start_up(work: Path) -> dict[str, Any]:
    """Times of `tasleek --help` and of the import of the command; what a stereo call imports."""
    commands = {
        "help": [TASLEEK, "--help"],
        "import": [sys.executable, "-c", "import audit.cli"],
        "python": [sys.executable, "-c", "pass"],
    }
    times = {
        name: [checked(command, work / "logs" / f"start-{name}.log").wall_s for _ in range(_STARTS)]
        for name, command in commands.items()
    }
    done = subprocess.run(
        [sys.executable, str(_HERE / "stereo_imports.py"), str(SAMPLES)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return {"seconds": times, "stereo": json.loads(done.stdout.splitlines()[-1])}


def rescoring(work: Path) -> dict[str, Any]:
    """Turns a second of stored transcripts and of turns given as text, models loaded and not."""
    folder = work / "rescore"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    database, lines = folder / "stored.duckdb", folder / "turns.jsonl"
    stored = [
        str(_HERE / "stored_calls.py"),
        str(database),
        str(_STORED_CALLS),
        str(lines),
        str(_TURNS),
    ]
    checked([sys.executable, *stored], work / "logs" / "stored.log")
    log = work / "logs" / "rescore.log"
    again = checked([TASLEEK, "audit", "--rescore", "--db", str(database), "--json"], log)
    summary = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    scored = checked(
        [TASLEEK, "score", "turns", str(lines), "--out", str(folder / "scored.jsonl")],
        work / "logs" / "score.log",
    )
    return {
        "rescore": {
            "calls": summary["calls"],
            "turns": summary["turns"],
            "scoring_s": summary["wall_ms"] / 1000,
            "wall_s": again.wall_s,
        },
        "score": {"turns": _TURNS, "wall_s": scored.wall_s},
    }


def cost_of_silence_mono(work: Path) -> dict[str, Any]:
    """The same in mono, where the speakers have to be told apart by their voices."""
    return cost_of_silence(work, mono=True)


EXPERIMENTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "start-up": start_up,
    "rescoring": rescoring,
    "silence": cost_of_silence,
    "silence-mono": cost_of_silence_mono,
}
#: Those that run only when they are asked for: in mono the hour takes as long as all the others.
UNWANTED = frozenset({"silence-mono"})

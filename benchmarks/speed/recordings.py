"""The recordings that are timed, and calls joined from them.

A folder of recordings is laid out like ``data/samples``: ``recordings/`` and, where there are any,
``reference/*.json`` (then accuracy is measured too) and ``manifest.csv``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.ingest.audio import SUFFIXES, decode, probe
from audit.types import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
_LONGEST_MIN = 240
#: Kinds of waiting between the pieces of a joined call.
MUSIC, SILENCE = "music", "silence"
_MUSIC_FROM = "s03-long-hold-nothing"
#: Left of music, and made of silence, is a line's noise: no telephone is digitally silent.
_NOISE = 0.0004


@dataclass(frozen=True, slots=True)
class TimedRecording:
    """``duration_ms`` as decoded by the header; ``reference`` is a file, where there is one."""

    call_id: str
    path: Path
    duration_ms: int
    channels: int
    reference: Path | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a joined call: a sample call, or waiting (``music``, ``silence``) of ``wait_ms``."""

    call_id: str = ""
    kind: str = ""
    wait_ms: int = 0


#: The joined call of the default set: two matters in one call, hold music and a silent wait between.
TWO_MATTERS = (
    Piece("s05-repaired-slip"),
    Piece(kind=MUSIC, wait_ms=60_000),
    Piece("s08-firm-refusal"),
    Piece(kind=SILENCE, wait_ms=20_000),
)
#: Stereo sample calls without a long hold: what the calls of a given amount of speech are made of.
TALK = (
    "s01-polite-nothing",
    "s02-exemplary",
    "s05-repaired-slip",
    "s07-interruptions",
    "s08-firm-refusal",
    "s09-caller-first",
)


def find_recordings(folder: Path) -> tuple[TimedRecording, ...]:
    """Recordings below ``folder/recordings`` (or ``folder``), in order of name."""
    inside = folder / "recordings" if (folder / "recordings").is_dir() else folder
    found = []
    for path in sorted(p for p in inside.iterdir() if p.suffix.lower() in SUFFIXES):
        info = probe(path, path.name)
        reference = folder / "reference" / f"{path.stem}.json"
        found.append(
            TimedRecording(
                path.stem,
                path.resolve(),
                info.duration_ms or decode(path, path.name, _LONGEST_MIN).duration_ms,
                info.channels,
                reference if reference.is_file() else None,
            )
        )
    if not found:
        raise SystemExit(f"{folder}: no recordings in it")
    return tuple(found)


def split(
    recordings: Sequence[TimedRecording], parts: int
) -> tuple[tuple[TimedRecording, ...], ...]:
    """``parts`` groups of about the same length: the longest first, each to the shortest group."""
    groups: list[list[TimedRecording]] = [[] for _ in range(parts)]
    for recording in sorted(recordings, key=lambda r: (-r.duration_ms, r.call_id)):
        min(groups, key=lambda g: sum(r.duration_ms for r in g)).append(recording)
    return tuple(tuple(sorted(group, key=lambda r: r.call_id)) for group in groups)


def build_joined(
    call_id: str, pieces: Sequence[Piece], folder: Path, *, mono: bool = False
) -> TimedRecording:
    """Write a call of ``pieces`` and its reference below ``folder``.

    Stereo with the agent on channel 0, or both channels mixed.
    """
    import numpy as np

    from audit.synthesis.recording_file import RecordingFormat, write_recording

    sounds, holds, brushed_off, at_ms = [], [], [], 0
    turns: list[dict[str, Any]] = []
    for index, piece in enumerate(pieces):
        if piece.call_id:
            sound, reference = _sample(piece.call_id)
            turns += [
                _moved(turn, at_ms, len(turns) + n) for n, turn in enumerate(reference["turns"])
            ]
            brushed_off.append(reference["verdict"]["brush_off"])
        else:
            sound = _waiting(piece.kind, piece.wait_ms, index)
            holds.append({"start_ms": at_ms, "end_ms": at_ms + piece.wait_ms, "announced": False})
        sounds.append(sound)
        at_ms += sound.shape[1] // (SAMPLE_RATE_HZ // 1000)
    path = folder / "recordings" / f"{call_id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = np.concatenate(sounds, axis=1)
    channels = 1 if mono else 2
    sound = sound.mean(axis=0, keepdims=True) if mono else sound
    length_ms = write_recording(path, sound, RecordingFormat("pcm", channels, 8000))
    reference_file = folder / "reference" / f"{call_id}.json"
    reference_file.parent.mkdir(parents=True, exist_ok=True)
    # No brush-off in any part is none in the whole; a mixed call has no verdict of an author.
    verdicts = set(brushed_off)
    value = {
        "call_id": call_id,
        "audio": {"path": f"../recordings/{path.name}"},
        "turns": turns,
        "holds": holds,
        "verdict": {"brush_off": verdicts.pop()} if len(verdicts) == 1 else {},
    }
    reference_file.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    return TimedRecording(call_id, path.resolve(), length_ms, channels, reference_file)


def with_speech(speech_ms: int, length_ms: int = 0) -> tuple[Piece, ...]:
    """Pieces that hold at least ``speech_ms`` of speech, by the references, and last ``length_ms``.

    What the speech leaves of the length becomes waiting between the pieces, music and silence in turn.
    """
    calls: list[str] = []
    spoken = total = 0
    while spoken < speech_ms:
        call_id = TALK[len(calls) % len(TALK)]
        reference = read_reference(SAMPLES / "reference" / f"{call_id}.json")
        spoken += sum(turn["end_ms"] - turn["start_ms"] for turn in reference["turns"])
        total += reference["audio"]["duration_ms"]
        calls.append(call_id)
    wait_ms = max(0, length_ms - total) // len(calls)
    pieces: list[Piece] = []
    for index, call_id in enumerate(calls):
        pieces.append(Piece(call_id))
        if wait_ms:
            pieces.append(Piece(kind=SILENCE if index % 2 else MUSIC, wait_ms=wait_ms))
    return tuple(pieces)


def write_manifest(recordings: Sequence[TimedRecording], source: Path | None, to: Path) -> Path:
    """A manifest of ``recordings``: their rows of ``source`` (paths made whole), or names alone."""
    rows: dict[str, dict[str, str]] = {}
    if source is not None and source.is_file():
        with source.open(encoding="utf-8", newline="") as file:
            rows = {row["call_id"]: row for row in csv.DictReader(file)}
    names = sorted({name for row in rows.values() for name in row} | {"path", "call_id"})
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for recording in recordings:
            row = rows.get(recording.call_id, {})
            writer.writerow({**row, "path": str(recording.path), "call_id": recording.call_id})
    return to


def read_reference(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def speech_ms(reference: dict[str, Any]) -> int:
    """Time in which somebody speaks, turns that overlap counted twice as both are recognized."""
    return sum(turn["end_ms"] - turn["start_ms"] for turn in reference["turns"])


def _sample(call_id: str) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Sound ``(2, n)`` of a stereo sample call with the agent on channel 0, and its reference."""
    reference = read_reference(SAMPLES / "reference" / f"{call_id}.json")
    path = (SAMPLES / "reference" / reference["audio"]["path"]).resolve()
    samples = decode(path, path.name, _LONGEST_MIN).samples
    if samples.shape[0] != 2:
        raise ValueError(f"{call_id} is mono; calls are joined from stereo ones")
    samples = samples[::-1] if reference["agent_channel"] == 1 else samples
    return samples[:, : samples.shape[1] // 16 * 16], reference


def _moved(turn: dict[str, Any], by_ms: int, index: int) -> dict[str, Any]:
    channel = 0 if turn["role"] == "agent" else 1
    return {
        **turn,
        "index": index,
        "channel": channel,
        "start_ms": turn["start_ms"] + by_ms,
        "end_ms": turn["end_ms"] + by_ms,
    }


def _waiting(kind: str, wait_ms: int, seed: int) -> NDArray[np.float32]:
    """Both channels of a wait: a line's noise, with hold music over the agent's."""
    import numpy as np

    count = wait_ms * (SAMPLE_RATE_HZ // 1000)
    sound = np.random.default_rng(seed).normal(0.0, _NOISE, (2, count)).astype(np.float32)
    if kind == MUSIC:
        samples, reference = _sample(_MUSIC_FROM)
        hold = max(reference["holds"], key=lambda h: h["end_ms"] - h["start_ms"])
        music = samples[0, (hold["start_ms"] + 500) * 16 : (hold["end_ms"] - 500) * 16]
        sound[0] += np.resize(music, count)
    return sound

"""Rebuilding the sample calls: scripts in, recordings, references and the manifest out.

The folder holds ``scripts/<call_id>.toml``; written are ``recordings/<call_id>.<ext>``,
``reference/<call_id>.json`` and ``.rttm``, and ``manifest.csv``. Everything random is seeded with
the call's name, so that a rebuild on the same versions of mbrola and the encoders gives the same
files.
"""

import csv
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.synthesis.call_mix import (
    Party,
    SpokenTurn,
    Timeline,
    mix,
    place_turns,
    render_tracks,
)
from audit.synthesis.call_script import CallScript, TurnScript, read_scripts
from audit.synthesis.mbrola import Samples, Voice, require_installed, synthesize
from audit.synthesis.recording_file import write_recording

MANIFEST_COLUMNS = (
    "path",
    "call_id",
    "started_at",
    "agent_id",
    "vendor",
    "service_channel",
    "queue",
    "direction",
    "caller",
    "ticket_id",
    "wait_s",
    "hold_s",
    "disposition",
    "dialect",
    "agent_channel",
)

Say = Callable[[str, Voice, int], Samples]


@dataclass(frozen=True)
class RenderedCall:
    """A call as sound: ``sound`` is float32, shape (channels, samples), 16 kHz."""

    timeline: Timeline
    sound: Samples


def rebuild(folder: Path, only: Sequence[str] = ()) -> list[CallScript]:
    """Rebuild the calls named in ``only`` (all if empty) and the manifest of all; return them."""
    scripts = read_scripts(folder / "scripts")
    unknown = set(only) - {script.call_id for script in scripts}
    if unknown:
        raise UsageError(f"no script for {', '.join(sorted(unknown))} in {folder / 'scripts'}")
    chosen = [script for script in scripts if not only or script.call_id in only]
    for voice in {v for s in chosen for v in (s.agent_voice, s.caller_voice)}:
        require_installed(voice)
    for name in ("recordings", "reference"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for script in chosen:
        write_call(folder, script)
    write_manifest(folder / "manifest.csv", scripts)
    return chosen


def write_call(folder: Path, script: CallScript, say: Say = synthesize) -> None:
    """Render one call and write its recording and its references."""
    call = render_call(script, say)
    recording = folder / "recordings" / script.recording_name
    duration_ms = write_recording(recording, call.sound, script.form)
    reference = reference_of(script, call.timeline, duration_ms)
    text = json.dumps(reference, ensure_ascii=False, indent=1) + "\n"
    reference_path = folder / "reference" / f"{script.call_id}.json"
    reference_path.write_text(text, encoding="utf-8")
    reference_path.with_suffix(".rttm").write_text(rttm_of(reference), encoding="utf-8")


def render_call(script: CallScript, say: Say = synthesize) -> RenderedCall:
    """Speak, place and mix a call; ``say`` turns a diacritized text into samples."""
    seed = zlib.crc32(script.call_id.encode())
    voices: dict[Party, Voice] = {"agent": script.agent_voice, "caller": script.caller_voice}
    turns = [
        _spoken(turn, say(turn.say, voices[turn.speaker], seed + index))
        for index, turn in enumerate(script.turns)
    ]
    timeline = place_turns(turns, seed, script.ringback_ms)
    tracks = render_tracks(timeline, turns, script.band, seed)
    return RenderedCall(timeline, mix(tracks, script.form.channels, script.agent_channel or 0))


def reference_of(script: CallScript, timeline: Timeline, duration_ms: int) -> dict[str, Any]:
    """What the recording holds, as JSON values; times in ms, half-open, read off the timeline."""
    return {
        "call_id": script.call_id,
        "title": script.title,
        "dialect": script.dialect,
        "audio": {
            "path": f"../recordings/{script.recording_name}",
            "codec": script.form.codec,
            "channels": script.form.channels,
            "sample_rate_hz": script.form.sample_rate_hz,
            "band": script.band,
            "duration_ms": duration_ms,
        },
        "agent_id": script.agent_id,
        "agent_channel": script.agent_channel,
        "voices": {"agent": script.agent_voice.name, "caller": script.caller_voice.name},
        "verdict": {
            "brush_off": script.verdict.brush_off,
            "brush_off_score": script.verdict.brush_off_score,
            "resolution": script.verdict.resolution,
            "reason": script.verdict.reason,
        },
        "turns": [
            {
                "index": index,
                "role": turn.speaker,
                "speaker": script.agent_id if turn.speaker == "agent" else "caller",
                "channel": _channel(script, turn.speaker),
                "start_ms": span.start_ms,
                "end_ms": span.end_ms,
                "text": turn.text,
                "labels": list(turn.labels),
                "positives": list(turn.positives),
            }
            for index, (turn, span) in enumerate(zip(script.turns, timeline.turns, strict=True))
        ],
        "holds": [
            {
                "start_ms": hold.span.start_ms,
                "end_ms": hold.span.end_ms,
                "kind": hold.kind,
                "announced": hold.announced,
            }
            for hold in timeline.holds
        ],
        "ringback": [
            {"start_ms": span.start_ms, "end_ms": span.end_ms}
            for span in ([timeline.ringback] if timeline.ringback else [])
        ],
        "interruptions": [
            {"by": turn.speaker, "turn": index, "at_ms": span.start_ms}
            for index, (turn, span) in enumerate(zip(script.turns, timeline.turns, strict=True))
            if turn.interrupts
        ],
        "overlaps": [
            {"start_ms": span.start_ms, "end_ms": span.end_ms} for span in timeline.overlaps()
        ],
    }


def rttm_of(reference: dict[str, Any]) -> str:
    """The turns of a reference as RTTM, channel 1 (diarization is of the whole call)."""
    return "".join(
        f"SPEAKER {reference['call_id']} 1 {turn['start_ms'] / 1000:.3f} "
        f"{(turn['end_ms'] - turn['start_ms']) / 1000:.3f} <NA> <NA> {turn['role']} <NA> <NA>\n"
        for turn in reference["turns"]
    )


def write_manifest(path: Path, scripts: Sequence[CallScript]) -> None:
    """Write the manifest: what a centre's own system tells of its calls, and no more."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MANIFEST_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for script in sorted(scripts, key=lambda script: script.started_at):
            writer.writerow(_manifest_row(script))


def _manifest_row(script: CallScript) -> dict[str, Any]:
    return {
        "path": f"recordings/{script.recording_name}",
        "call_id": script.call_id,
        "started_at": script.started_at.isoformat(),
        "agent_id": script.agent_id,
        "vendor": script.vendor,
        "service_channel": script.service_channel,
        "queue": script.queue,
        "direction": script.direction,
        "caller": script.caller,
        "ticket_id": script.ticket_id,
        "wait_s": script.wait_s,
        "hold_s": None,
        "disposition": script.disposition,
        "dialect": script.dialect,
        "agent_channel": script.agent_channel if script.channel_in_manifest else None,
    }


def _spoken(turn: TurnScript, samples: Samples) -> SpokenTurn:
    return SpokenTurn(turn.speaker, samples, turn.gap_ms, turn.interrupts, turn.hold)


def _channel(script: CallScript, party: Party) -> int | None:
    """The channel a party is on, None in mono."""
    if script.agent_channel is None:
        return None
    return script.agent_channel if party == "agent" else 1 - script.agent_channel

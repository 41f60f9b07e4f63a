"""A transcribed call in the formats of the field.

Sources: WebVTT (W3C), SubRip, RTTM (NIST RT-09 evaluation plan, appendix A), CTM (NIST SCTK), vCon
(IETF draft-ietf-vcon-vcon-core).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from audit.types import TranscribedCall, Utterance

VCON_VERSION = "0.3.0"


def as_text(call: TranscribedCall) -> str:
    """A line a turn: time, role, words."""
    return "".join(
        f"[{_clock(turn.start_ms, '.')}] {turn.role}: {_one_line(turn.text)}\n"
        for turn in call.utterances
    )


def as_json(call: TranscribedCall) -> str:
    """All of it as one object: turns with their words, speakers, holds. Times in milliseconds."""
    value = {
        "call_id": call.recording.call_id,
        "sha256": call.recording.sha256,
        "duration_ms": call.info.duration_ms,
        "channels": call.info.channels,
        "language": call.language,
        "turns": [_turn(turn) for turn in call.utterances],
        "holds": [
            {"start_ms": h.start_ms, "end_ms": h.end_ms, "kind": h.kind, "announced": h.announced}
            for h in call.holds
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def as_vtt(call: TranscribedCall) -> str:
    """WebVTT, a cue a turn, the role as its voice."""
    cues = [
        f"{_clock(turn.start_ms, '.')} --> {_clock(turn.end_ms, '.')}\n"
        f"<v {turn.role}>{_escaped(turn.text)}\n"
        for turn in call.utterances
    ]
    return "\n".join(["WEBVTT\n", *cues])


def as_srt(call: TranscribedCall) -> str:
    """SubRip, a cue a turn."""
    return "\n".join(
        f"{number}\n{_clock(turn.start_ms, ',')} --> {_clock(turn.end_ms, ',')}\n"
        f"{turn.role}: {_one_line(turn.text)}\n"
        for number, turn in enumerate(call.utterances, 1)
    )


def as_rttm(call: TranscribedCall) -> str:
    """RTTM SPEAKER lines; speakers are called by their role where it is theirs alone."""
    names = _speaker_names(call)
    file = _token(call.recording.path.stem)
    return "".join(
        f"SPEAKER {file} {(call.diarization.channel_of(turn.speaker) or 0) + 1} "
        f"{turn.start_ms / 1000:.3f} {(turn.end_ms - turn.start_ms) / 1000:.3f} "
        f"<NA> <NA> {_token(names[turn.speaker])} <NA> <NA>\n"
        for turn in call.diarization.turns
    )


def as_ctm(call: TranscribedCall) -> str:
    """CTM: a line a word, with its confidence."""
    file = _token(call.recording.path.stem)
    return "".join(
        f"{file} {(turn.channel or 0) + 1} {word.start_ms / 1000:.3f} "
        f"{(word.end_ms - word.start_ms) / 1000:.3f} {_token(word.text)} {word.probability:.3f}\n"
        for turn in call.utterances
        for word in turn.words
    )


def as_vcon(call: TranscribedCall) -> str:
    """A vCon with the recording by reference (name and hash) and the transcript as an analysis."""
    roles = sorted({turn.role for turn in call.utterances})
    now = datetime.now(UTC).isoformat()
    start = call.recording.metadata.started_at
    value = {
        "vcon": VCON_VERSION,
        "uuid": str(uuid.uuid5(uuid.NAMESPACE_OID, call.recording.sha256)),
        "created_at": now,
        "parties": [{"name": role, "role": role} for role in roles],
        "dialog": [
            {
                "type": "recording",
                "start": start.isoformat() if start else now,
                "duration": call.info.duration_ms / 1000,
                "parties": list(range(len(roles))),
                "filename": call.recording.path.name,
                "content_hash": f"sha256-{call.recording.sha256}",
            }
        ],
        "analysis": [
            {
                "type": "transcript",
                "dialog": 0,
                "vendor": "tasleek",
                "encoding": "json",
                "body": [
                    {**_turn(turn), "party": roles.index(turn.role)} for turn in call.utterances
                ],
            }
        ],
        "attachments": [],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


WRITERS: Mapping[str, Callable[[TranscribedCall], str]] = {
    "text": as_text,
    "json": as_json,
    "vtt": as_vtt,
    "srt": as_srt,
    "rttm": as_rttm,
    "ctm": as_ctm,
    "vcon": as_vcon,
}


def _turn(turn: Utterance) -> dict[str, object]:
    return {
        "turn_index": turn.turn_index,
        "role": turn.role,
        "speaker": turn.speaker,
        "channel": turn.channel,
        "start_ms": turn.start_ms,
        "end_ms": turn.end_ms,
        "text": turn.text,
        "asr_confidence": turn.asr_confidence,
        "words": [
            {
                "start_ms": w.start_ms,
                "end_ms": w.end_ms,
                "text": w.text,
                "probability": w.probability,
            }
            for w in turn.words
        ],
    }


def _speaker_names(call: TranscribedCall) -> dict[str, str]:
    role = {turn.speaker: turn.role for turn in call.utterances}
    taken = list(role.values())
    return {
        speaker: role[speaker] if speaker in role and taken.count(role[speaker]) == 1 else speaker
        for speaker in call.diarization.speakers
    }


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _token(text: str) -> str:
    return "_".join(text.split()) or "<NA>"

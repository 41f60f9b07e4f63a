"""The scripts of the sample calls: one TOML file a call, read into frozen dataclasses.

A script holds what the manifest says of the call, how it is to sound, the judgement that a senior
auditor would pass, and the turns. Of each turn ``text`` is what people would write (the reference
transcript) and ``say`` the same diacritized by hand for the voice, pausal, without case vowels.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast, get_args

from audit.errors import UsageError
from audit.synthesis.call_mix import Band, Hold, HoldKind, Party
from audit.synthesis.mbrola import VOICES, Voice
from audit.synthesis.recording_file import FORMS, Codec, RecordingFormat
from audit.types import LABELS, POSITIVES, RESOLUTIONS


class ScriptError(UsageError):
    """A script that cannot be read as a call; the message names the file and what is wrong."""


@dataclass(frozen=True)
class TurnScript:
    """One turn as it is to be spoken and as it is to be judged. See :mod:`call_mix` for the gap."""

    speaker: Party
    text: str
    say: str
    labels: tuple[str, ...]
    positives: tuple[str, ...]
    gap_ms: int | None
    interrupts: bool
    hold: Hold | None


@dataclass(frozen=True)
class Verdict:
    """The judgement on the whole call, by the rules of the taxonomy."""

    brush_off: bool
    brush_off_score: int
    resolution: str
    reason: str


@dataclass(frozen=True)
class CallScript:
    """A sample call.

    ``agent_channel`` is where the agent really is (None in mono); ``channel_in_manifest`` says
    whether the manifest tells it. ``wait_s`` is None where nobody waited (outbound calls).
    """

    call_id: str
    title: str
    started_at: datetime
    agent_id: str
    vendor: str
    service_channel: str
    queue: str
    direction: str
    caller: str
    ticket_id: str
    wait_s: int | None
    disposition: str
    dialect: str
    agent_voice: Voice
    caller_voice: Voice
    form: RecordingFormat
    band: Band
    agent_channel: int | None
    channel_in_manifest: bool
    ringback_ms: int
    verdict: Verdict
    turns: tuple[TurnScript, ...]

    @property
    def recording_name(self) -> str:
        """File name of the recording."""
        return f"{self.call_id}.{self.form.extension}"


def read_scripts(folder: Path) -> list[CallScript]:
    """Read every script of a folder, in the order of their names."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise ScriptError(f"no scripts (*.toml) in {folder}")
    return [read_script(path) for path in paths]


def read_script(path: Path) -> CallScript:
    """Read one script; the file is named after its call."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        script = _call(data)
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise ScriptError(f"{path}: {error!r}") from error
    if script.call_id != path.stem:
        raise ScriptError(f"{path}: holds the call {script.call_id}, not {path.stem}")
    return script


def _call(data: dict[str, Any]) -> CallScript:
    audio = data["audio"]
    form = RecordingFormat(
        cast(Codec, _one_of(audio["codec"], tuple(FORMS))),
        int(audio["channels"]),
        int(audio["sample_rate_hz"]),
    )
    agent_channel = audio.get("agent_channel")
    if (agent_channel is None) != (form.channels == 1):
        raise ValueError("agent_channel belongs to stereo calls, and to each of them")
    return CallScript(
        call_id=data["call_id"],
        title=data["title"],
        started_at=data["started_at"],
        agent_id=data["agent_id"],
        vendor=data["vendor"],
        service_channel=data["service_channel"],
        queue=data["queue"],
        direction=data["direction"],
        caller=data["caller"],
        ticket_id=data["ticket_id"],
        wait_s=data.get("wait_s"),
        disposition=data["disposition"],
        dialect=data["dialect"],
        agent_voice=VOICES[audio["agent_voice"]],
        caller_voice=VOICES[audio["caller_voice"]],
        form=form,
        band=cast(Band, _one_of(audio["band"], get_args(Band))),
        agent_channel=agent_channel,
        channel_in_manifest=bool(audio.get("channel_in_manifest", False)),
        ringback_ms=round(1000 * audio.get("ringback_s", 0)),
        verdict=_verdict(data["verdict"]),
        turns=tuple(_turn(turn) for turn in data["turns"]),
    )


def _turn(data: dict[str, Any]) -> TurnScript:
    speaker = cast(Party, _one_of(data["speaker"], get_args(Party)))
    labels = tuple(_one_of(label, LABELS) for label in data.get("labels", []))
    positives = tuple(_one_of(name, POSITIVES) for name in data.get("positives", []))
    if speaker == "caller" and (labels or positives):
        raise ValueError(f"a caller's turn carries labels: {data['text']}")
    return TurnScript(
        speaker=speaker,
        text=data["text"],
        say=data["say"],
        labels=labels,
        positives=positives,
        gap_ms=data.get("gap_ms"),
        interrupts=bool(data.get("interrupts", False)),
        hold=_hold(data["hold"]) if "hold" in data else None,
    )


def _hold(data: dict[str, Any]) -> Hold:
    kind = cast(HoldKind, _one_of(data["kind"], get_args(HoldKind)))
    return Hold(kind, round(1000 * data["seconds"]), bool(data.get("announced", True)))


def _verdict(data: dict[str, Any]) -> Verdict:
    return Verdict(
        brush_off=bool(data["brush_off"]),
        brush_off_score=int(data["brush_off_score"]),
        resolution=_one_of(data["resolution"], RESOLUTIONS),
        reason=data["reason"],
    )


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    return value

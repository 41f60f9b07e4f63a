"""Calls: what is known of them beforehand, and all that was found."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Literal

from audit.types.audio import AudioInfo
from audit.types.judgement import Judgement
from audit.types.measures import CallMetrics, CallQuarter
from audit.types.speech import (
    Diarization,
    Hold,
    RedactedSpan,
    RoleAssignment,
    Utterance,
    VoiceCheck,
)

Status = Literal["audited", "unscorable", "failed"]


@dataclass(frozen=True, slots=True)
class CallMetadata:
    """What is known of a call beside its sound. ``None`` is "not told", never a guess.

    ``caller`` is the number or account as told; it is hashed before it is stored.
    ``agent_channel`` is 0 or 1 where a channel map says so.
    """

    call_id: str | None = None
    started_at: datetime | None = None
    agent_id: str | None = None
    vendor: str | None = None
    service_channel: str | None = None
    queue: str | None = None
    direction: str | None = None
    caller: str | None = None
    ticket_id: str | None = None
    wait_ms: int | None = None
    hold_ms: int | None = None
    disposition: str | None = None
    dialect: str | None = None
    agent_channel: int | None = None

    def merged_over(self, fallback: CallMetadata) -> CallMetadata:
        """This metadata with its unknown fields taken from ``fallback``."""
        return CallMetadata(
            **{
                f.name: own
                if (own := getattr(self, f.name)) is not None
                else getattr(fallback, f.name)
                for f in fields(self)
            }
        )


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What ``stat`` says of a file: as long as it says the same, the content is taken to be the same."""

    path: Path
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Recording:
    """The sound of one call. ``sha256`` (hex) is the hash of the encoded sound's bytes.

    ``vcon_dialog`` is the index of the dialog that holds the sound, where ``path`` is a vCon file.
    ``size_bytes`` and ``modified_ns`` (of ``stat``) tell later whether the file is still the same; 0
    where they are not known.
    """

    call_id: str
    path: Path
    sha256: str
    metadata: CallMetadata = field(default_factory=CallMetadata)
    vcon_dialog: int | None = None
    size_bytes: int = 0
    modified_ns: int = 0


@dataclass(frozen=True, slots=True)
class TranscribedCall:
    """What was heard of a recording, before anything is judged."""

    recording: Recording
    info: AudioInfo
    language: str
    utterances: tuple[Utterance, ...]
    diarization: Diarization
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class CallAudit:
    """All that the pipeline found in one recording; one row of ``calls`` and its children.

    ``status`` is ``audited`` with a ``judgement``, or ``unscorable`` with ``unscorable_reason``.
    ``stage_ms`` are wall-clock times by stage name.
    """

    recording: Recording
    info: AudioInfo
    status: Status
    utterances: tuple[Utterance, ...] = ()
    judgement: Judgement | None = None
    holds: tuple[Hold, ...] = ()
    redacted: tuple[RedactedSpan, ...] = ()
    metrics: CallMetrics = field(default_factory=CallMetrics)
    quarters: tuple[CallQuarter, ...] = ()
    voice: VoiceCheck | None = None
    unscorable_reason: str | None = None
    language: str | None = None
    asr_confidence: float | None = None
    roles: RoleAssignment | None = None
    stage_ms: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A recording that could not be audited. ``reason`` names the file and says what to do."""

    path: Path
    stage: str
    reason: str
    call_id: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """What a caller answered, on ``line`` of a file: about ``call_id``, or else about a call of
    ``caller``.

    ``told_at`` is the date given; where it has no time of its own (``dated_by_day``) it is the midnight
    that begins the day.
    """

    line: int
    score: float
    call_id: str | None = None
    caller: str | None = None
    told_at: datetime | None = None
    dated_by_day: bool = False
    comment: str | None = None

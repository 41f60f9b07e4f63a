"""What is heard in a call, and who says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from audit.types.audio import Segment

Role = Literal["agent", "caller", "other", "unknown"]


@dataclass(frozen=True, slots=True)
class Word:
    """A recognized word. ``probability`` in ``[0, 1]`` is the recognizer's confidence."""

    start_ms: int
    end_ms: int
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class HeardLanguage:
    """The language that a track sounds like: ISO 639-1, and how sure that is in ``[0, 1]``."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a recognizer heard on one track. ``words`` are in order of time.

    ``language`` is an ISO 639-1 code; ``language_probability`` is 1.0 where it was told, not found.
    """

    words: tuple[Word, ...]
    language: str
    language_probability: float = 1.0


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """A stretch in which one speaker (an opaque name such as ``S0``) speaks; RTTM's SPEAKER line."""

    start_ms: int
    end_ms: int
    speaker: str

    @property
    def segment(self) -> Segment:
        return Segment(self.start_ms, self.end_ms)


@dataclass(frozen=True, slots=True)
class ChannelClock:
    """How channel 1 of a recording runs against channel 0, as measured by what leaks across.

    What is heard at ``t`` in channel 1 was said at ``t - offset_ms - drift_ppm * t / 1e6`` of channel
    0's time. ``offset_ms`` is ``None`` where only the drift is known: what leaks one way alone does not
    tell a late channel from a late echo.
    """

    offset_ms: float | None
    drift_ppm: float

    def on_common_clock(self, channel: int | None, time_ms: int) -> int:
        """``time_ms`` of a channel in the time of channel 0."""
        if channel != 1:
            return time_ms
        return max(0, round(time_ms - (self.offset_ms or 0.0) - self.drift_ppm * time_ms / 1e6))

    def on_file_clock(self, channel: int | None, time_ms: int) -> int:
        """The other way round, good to a millisecond."""
        if channel != 1:
            return time_ms
        return max(0, round((time_ms + (self.offset_ms or 0.0)) / (1.0 - self.drift_ppm / 1e6)))


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when.

    ``turns`` may overlap in time; ``exclusive`` are the same speakers with at most one at any moment
    (words are given to speakers by these). ``channels`` says which audio channel a speaker was heard
    on, where the recording tells; it is empty for mono. Times are those of the file also where
    ``clock`` tells that its channels do not run together. ``music`` is where each channel holds music;
    empty where nobody looked.
    """

    turns: tuple[SpeakerTurn, ...]
    exclusive: tuple[SpeakerTurn, ...]
    channels: tuple[tuple[str, int], ...] = ()
    clock: ChannelClock | None = None
    music: tuple[tuple[Segment, ...], ...] = ()

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(sorted({turn.speaker for turn in self.turns}))

    def channel_of(self, speaker: str) -> int | None:
        return dict(self.channels).get(speaker)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of the conversation: what one speaker says until the other takes over."""

    turn_index: int
    role: Role
    speaker: str
    channel: int | None
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...] = ()

    @property
    def asr_confidence(self) -> float | None:
        """Mean word probability in ``[0, 1]``; ``None`` without words."""
        if not self.words:
            return None
        return sum(word.probability for word in self.words) / len(self.words)


@dataclass(frozen=True, slots=True)
class RedactedSpan:
    """When a piece of personal data is heard (``phone``, ``name`` …), so that it can be bleeped.

    ``channel`` is that of its ``Utterance``.
    """

    type: str
    turn_index: int
    channel: int | None
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """Which speaker has which role, how sure that is in ``[0, 1]``, and why (``channel map`` …)."""

    roles: tuple[tuple[str, Role], ...]
    confidence: float
    evidence: str

    def role_of(self, speaker: str) -> Role:
        return dict(self.roles).get(speaker, "unknown")


HoldKind = Literal["music", "silence"]


@dataclass(frozen=True, slots=True)
class Hold:
    """A stretch in which the caller was kept waiting inside the call."""

    start_ms: int
    end_ms: int
    kind: HoldKind
    announced: bool

    @property
    def segment(self) -> Segment:
        return Segment(self.start_ms, self.end_ms)


VoiceOutcome = Literal["match", "unsure", "mismatch"]


@dataclass(frozen=True, slots=True)
class VoiceCheck:
    """Whether the stated agent is the one who speaks: ``score`` is the cosine of the voices.

    Only made with ``--voiceprints`` and for agents who are enrolled.
    """

    agent_id: str
    score: float
    outcome: VoiceOutcome

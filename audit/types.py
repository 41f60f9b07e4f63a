"""Values that pass between the stages of an audit.

Every value is frozen. Times are integer milliseconds, half-open ``[start_ms, end_ms)``, counted from
the first sample of the original file. Only the standard library is imported at run time, so that any
stage, and any test, can use these without a model or a database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Role = Literal["agent", "caller", "other", "unknown"]
Status = Literal["audited", "unscorable", "failed"]
Resolution = Literal["resolved", "committed", "deferred", "none"]

#: Brush-off labels (docs/taxonomy.md), in the order in which reports show them.
LABELS = (
    "placation",
    "deflection",
    "stalling",
    "unresolved_closure",
    "uninformed",
    "disclaiming",
    "dismissive_tone",
)
#: Positive behaviour, reported beside the labels.
POSITIVES = ("commitment", "ownership", "resolution", "empathy")
RESOLUTIONS: tuple[Resolution, ...] = ("resolved", "committed", "deferred", "none")

#: Every model of this project hears audio at this rate.
SAMPLE_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time, half-open ``[start_ms, end_ms)``."""

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlap_ms(self, other: Segment) -> int:
        """Milliseconds shared with ``other``; 0 when they do not meet."""
        return max(0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


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
class AudioInfo:
    """What the container says of a recording. ``duration_ms`` is that of the decoded sound."""

    duration_ms: int
    channels: int
    sample_rate_hz: int
    codec: str


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Decoded sound: ``samples`` is float32, shape ``(channels, n)``, in ``[-1, 1]``, at 16 kHz."""

    samples: NDArray[np.float32]
    info: AudioInfo
    sample_rate_hz: int = SAMPLE_RATE_HZ

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def duration_ms(self) -> int:
        return int(self.samples.shape[1]) * 1000 // self.sample_rate_hz


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
class CallMetrics:
    """Measures of the sound of a call. ``None`` where a call does not tell.

    Shares are in ``[0, 1]``; latencies are pauses before a party answers the other, 0 where it did not
    wait for the other's end. ``loudness_difference_db`` is the agent's level of speech over the
    caller's. ``heard_wait_ms`` is from the end of a menu, or the beginning, to the agent's first word,
    where ringing, a menu or music is heard before it. ``last_speaker`` had the last turn;
    ``cut_off`` tells that the recording ends within it, and then ``ended_by`` is the other party.
    ``channel_offset_ms`` is by how much channel 1 is late at the beginning against channel 0, and
    ``channel_drift_ppm`` by how many millionths its clock is slow.
    """

    agent_talk_ms: int = 0
    caller_talk_ms: int = 0
    overlap_ms: int = 0
    agent_interruptions: int = 0
    caller_interruptions: int = 0
    hold_ms: int = 0
    longest_hold_ms: int = 0
    hold_count: int = 0
    dead_air_ms: int = 0
    first_agent_word_ms: int | None = None
    ended_by: Role = "unknown"
    agent_talk_share: float | None = None
    agent_words_per_min: float | None = None
    caller_words_per_min: float | None = None
    agent_syllables_per_s: float | None = None
    caller_syllables_per_s: float | None = None
    agent_latency_median_ms: int | None = None
    agent_latency_p90_ms: int | None = None
    caller_latency_median_ms: int | None = None
    caller_latency_p90_ms: int | None = None
    loudness_difference_db: float | None = None
    agent_longest_monologue_ms: int = 0
    caller_longest_monologue_ms: int = 0
    ringing_ms: int = 0
    menu_ms: int = 0
    heard_wait_ms: int | None = None
    last_speaker: Role = "unknown"
    cut_off: bool = False
    channel_offset_ms: int | None = None
    channel_drift_ppm: float | None = None


@dataclass(frozen=True, slots=True)
class CallQuarter:
    """One of four equal parts of the conversation, ``quarter`` from 1; the same measures as of the call.

    ``agent_loudness_db`` and ``caller_loudness_db`` are levels of speech in dB of full scale;
    latencies are medians.
    """

    quarter: int
    start_ms: int
    end_ms: int
    agent_talk_ms: int = 0
    caller_talk_ms: int = 0
    agent_talk_share: float | None = None
    agent_words_per_min: float | None = None
    caller_words_per_min: float | None = None
    agent_syllables_per_s: float | None = None
    caller_syllables_per_s: float | None = None
    agent_latency_ms: int | None = None
    caller_latency_ms: int | None = None
    agent_loudness_db: float | None = None
    caller_loudness_db: float | None = None


VoiceOutcome = Literal["match", "unsure", "mismatch"]


@dataclass(frozen=True, slots=True)
class VoiceCheck:
    """Whether the stated agent is the one who speaks: ``score`` is the cosine of the voices.

    Only made with ``--voiceprints`` and for agents who are enrolled.
    """

    agent_id: str
    score: float
    outcome: VoiceOutcome


@dataclass(frozen=True, slots=True)
class LabelScore:
    """The probability in ``[0, 1]`` that a label of the taxonomy applies."""

    label: str
    score: float


@dataclass(frozen=True, slots=True)
class TurnInput:
    """An agent turn to be scored, with the caller turn before it (empty when there is none)."""

    context: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnScore:
    """A classifier's view of one agent turn.

    ``brush_off`` in ``[0, 1]``; ``labels`` has one entry per label of ``LABELS``; ``flagged`` are the
    labels taken for true, empty exactly when the turn is not taken for a brush-off; ``positives`` are
    the kinds of good handling seen, ``positive_scores`` their probabilities (empty where the classifier
    has none); ``evidence`` are the words of the turn that weighed most.
    """

    brush_off: float
    labels: tuple[LabelScore, ...]
    flagged: tuple[str, ...] = ()
    unsure: bool = False
    positives: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    positive_scores: tuple[LabelScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Flag:
    """A brush-off label on a turn of a call. ``threshold`` is what ``score`` had to reach."""

    turn_index: int
    label: str
    score: float
    threshold: float
    start_ms: int
    end_ms: int
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise of the agent. Each part is the agent's own wording, or ``None`` where none was said."""

    turn_index: int
    action: str | None
    owner: str | None
    deadline: str | None
    reference: str | None
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class CallVerdict:
    """The judgement of a whole call. ``brush_off_score`` is 0 (exemplary) to 100."""

    brush_off: bool
    brush_off_score: float
    resolution: Resolution
    unsure: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that was concluded from the words of a call; ``scores`` are by turn index."""

    scores: tuple[tuple[int, TurnScore], ...]
    flags: tuple[Flag, ...]
    verdict: CallVerdict
    commitments: tuple[Commitment, ...] = ()


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
    metrics: CallMetrics = CallMetrics()
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

"""Values that pass between the stages of an audit.

Every value is frozen. Times are integer milliseconds, half-open ``[start_ms, end_ms)``, counted from
the first sample of the original file. Only the standard library is imported at run time, so that any
stage, and any test, can use these without a model or a database.
"""

from __future__ import annotations

from audit.types.audio import (
    SAMPLE_RATE_HZ,
    AudioInfo,
    Segment,
    Waveform,
)
from audit.types.calls import (
    CallAudit,
    CallFailure,
    CallMetadata,
    FileStamp,
    Recording,
    SurveyAnswer,
    TranscribedCall,
)
from audit.types.judgement import (
    LABELS,
    POSITIVES,
    RESOLUTIONS,
    CallVerdict,
    Commitment,
    Flag,
    Judgement,
    LabelScore,
    Resolution,
    TurnInput,
    TurnScore,
)
from audit.types.measures import (
    CallMetrics,
    CallQuarter,
)
from audit.types.speech import (
    ChannelClock,
    Diarization,
    HeardLanguage,
    Hold,
    RedactedSpan,
    Role,
    RoleAssignment,
    SpeakerTurn,
    Transcript,
    Utterance,
    VoiceCheck,
    VoiceOutcome,
    Word,
)

__all__ = [
    "LABELS",
    "POSITIVES",
    "RESOLUTIONS",
    "SAMPLE_RATE_HZ",
    "AudioInfo",
    "CallAudit",
    "CallFailure",
    "CallMetadata",
    "CallMetrics",
    "CallQuarter",
    "CallVerdict",
    "ChannelClock",
    "Commitment",
    "Diarization",
    "FileStamp",
    "Flag",
    "HeardLanguage",
    "Hold",
    "Judgement",
    "LabelScore",
    "Recording",
    "RedactedSpan",
    "Resolution",
    "Role",
    "RoleAssignment",
    "Segment",
    "SpeakerTurn",
    "SurveyAnswer",
    "TranscribedCall",
    "Transcript",
    "TurnInput",
    "TurnScore",
    "Utterance",
    "VoiceCheck",
    "VoiceOutcome",
    "Waveform",
    "Word",
]

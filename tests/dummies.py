"""Stand-ins for models and small recordings, for tests that are not about models."""

from __future__ import annotations

import os
import time
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.config import Config
from audit.ingest.audio import decode
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallFailure,
    CallVerdict,
    Flag,
    Judgement,
    LabelScore,
    Recording,
    TurnScore,
    Utterance,
    Word,
)

RATE_HZ = 8000


def tone(seconds: float, channels: int = 1, hz: float = 440.0) -> NDArray[np.float32]:
    """A sine, float32, shape ``(channels, n)``; each channel a third above the one before."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    rows = [0.3 * np.sin(2 * np.pi * hz * 1.25**channel * t) for channel in range(channels)]
    return np.array(rows, dtype=np.float32).reshape(channels, -1)


def write_wav(path: Path, samples: NDArray[np.float32], rate_hz: int = RATE_HZ) -> Path:
    """``samples`` of shape ``(channels, n)`` as PCM 16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples.T * 32767).astype("<i2").tobytes())
    return path


def call_wav(path: Path, seed: int, seconds: float = 0.5, channels: int = 1) -> Path:
    """A recording with a content of its own for each ``seed``."""
    return write_wav(path, tone(seconds, channels, hz=200.0 + 10 * seed))


def turn_score(brush_off: float = 0.8) -> TurnScore:
    flagged = ("placation",) if brush_off >= 0.5 else ()
    labels = tuple(
        LabelScore(label, brush_off if label == "placation" else 0.1) for label in LABELS
    )
    return TurnScore(brush_off, labels, flagged, evidence=("تطمن",) if flagged else ())


def call_audit(recording: Recording, duration_ms: int = 500) -> CallAudit:
    """An audit with two turns, one flag and two words."""
    words = (Word(100, 240, "تطمن", 0.9), Word(250, 400, "أبشر", 0.7))
    return CallAudit(
        recording=recording,
        info=AudioInfo(duration_ms, 1, RATE_HZ, "pcm_s16le"),
        status="audited",
        utterances=(
            Utterance(0, "caller", "S1", 1, 0, 100, "وين طلبي"),
            Utterance(1, "agent", "S0", 0, 100, 400, "تطمن أبشر", words),
        ),
        judgement=Judgement(
            ((1, turn_score()),),
            (Flag(1, "placation", 0.8, 0.5, 100, 400, ("تطمن",)),),
            CallVerdict(True, 81.0, "none", evidence=("turn 1: placation",)),
        ),
        language="ar",
        asr_confidence=0.8,
        stage_ms=(("decode", 3),),
    )


class DummyAuditor:
    """Decodes for real, judges everybody alike. Names of files make it misbehave:

    ``…-crash`` ends the process, ``…-slow`` takes a minute.
    """

    def __init__(self, config: Config) -> None:
        self._config = config

    def audit(self, recording: Recording) -> CallAudit | CallFailure:
        stem = recording.path.stem
        if stem.endswith("-crash"):
            os._exit(9)
        if stem.endswith("-slow"):
            time.sleep(60)
        try:
            waveform = decode(
                recording.path, str(recording.path), self._config.ingest.max_duration_min
            )
        except Exception as error:
            return CallFailure(
                recording.path, "decode", str(error), recording.call_id, recording.sha256
            )
        return call_audit(recording, waveform.duration_ms)

"""Invented calls whose words are heard: each is a tone of its own at the time that is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallMetadata,
    CallVerdict,
    Flag,
    Judgement,
    LabelScore,
    Recording,
    RedactedSpan,
    TurnScore,
    Utterance,
    Word,
)
from tests.dummies import RATE_HZ, write_wav

WORD_MS, GAP_MS, TURN_GAP_MS = 300, 120, 700
#: The tone of the word that is redacted; nothing else sounds like it.
SECRET_HZ = 1700.0
SECRET = "[اسم]"


@dataclass
class SpokenCall:
    """Builds a call turn by turn; ``flags`` and ``positives`` are by turn index."""

    call_id: str
    agent: str | None = "A1"
    vendor: str = "masar"
    channels: int = 2
    caller_level: float = 0.3
    flags: dict[int, dict[str, float]] = field(default_factory=dict)
    positives: dict[int, tuple[str, ...]] = field(default_factory=dict)
    turns: list[tuple[str, str]] = field(default_factory=list)
    day: int = 1
    dialect: str | None = None

    def say(self, role: str, text: str, **labels: float) -> SpokenCall:
        if labels:
            self.flags[len(self.turns)] = labels
        self.turns.append((role, text))
        return self

    def utterances(self) -> tuple[Utterance, ...]:
        found, clock = [], 500
        for index, (role, text) in enumerate(self.turns):
            start, words = clock, []
            for part in text.split():
                words.append(Word(clock, clock + WORD_MS, part, 0.9))
                clock += WORD_MS + GAP_MS
            channel = (0 if role == "agent" else 1) if self.channels == 2 else None
            end = words[-1].end_ms
            found.append(
                Utterance(
                    index, role, "S0" if role == "agent" else "S1", channel, start, end, text,
                    tuple(words),
                )
            )  # fmt: skip
            clock = end + TURN_GAP_MS
        return tuple(found)

    def sound(self) -> np.ndarray:
        turns = self.utterances()
        length = (turns[-1].end_ms + 500) * RATE_HZ // 1000
        samples = np.zeros((self.channels, length), np.float32)
        for turn in turns:
            level = 0.3 if turn.role == "agent" else self.caller_level
            for number, word in enumerate(turn.words):
                hz = SECRET_HZ if word.text == SECRET else 300.0 + 40 * (number % 7)
                first, last = word.start_ms * RATE_HZ // 1000, word.end_ms * RATE_HZ // 1000
                tone = level * np.sin(2 * np.pi * hz * np.arange(last - first) / RATE_HZ)
                samples[turn.channel or 0, first:last] += tone.astype(np.float32)
        return samples

    def audit(self, path: Path) -> CallAudit:
        turns = self.utterances()
        length_ms = turns[-1].end_ms + 500
        scores, flags, redacted = [], [], []
        for turn in turns:
            given = self.flags.get(turn.turn_index, {})
            if turn.role == "agent":
                labels = tuple(LabelScore(name, given.get(name, 0.05)) for name in LABELS)
                best = max(given.values(), default=0.1)
                positives = self.positives.get(turn.turn_index, ())
                scores.append(
                    (turn.turn_index, TurnScore(best, labels, tuple(given), positives=positives))
                )
            flags += [
                Flag(turn.turn_index, name, score, 0.5, turn.start_ms, turn.end_ms)
                for name, score in given.items()
            ]
            redacted += [
                RedactedSpan("name", turn.turn_index, turn.channel, word.start_ms, word.end_ms)
                for word in turn.words
                if word.text == SECRET
            ]
        metadata = CallMetadata(
            self.call_id, datetime(2026, 11, self.day, 9, tzinfo=UTC), self.agent, self.vendor,
            "hotline", "billing", dialect=self.dialect,
        )  # fmt: skip
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        return CallAudit(
            recording=Recording(self.call_id, path, sha256, metadata),
            info=AudioInfo(length_ms, self.channels, RATE_HZ, "pcm_s16le"),
            status="audited",
            utterances=turns,
            judgement=Judgement(
                tuple(scores), tuple(flags), CallVerdict(bool(flags), 80.0, "none")
            ),
            redacted=tuple(redacted),
            language="ar",
            asr_confidence=0.9,
        )


def polite_nothing(call_id: str = "C-1", **fields) -> SpokenCall:
    """A call of five turns: turn 2 is a placation, turn 4 a deflection; a name is told in turn 1."""
    call = SpokenCall(call_id, **fields)
    call.say("agent", "السلام عليكم معك خدمة العملاء")
    call.say("caller", f"أنا {SECRET} وطلبي متأخر شهر")
    call.say("agent", "تطمن إن شاء الله خير", placation=0.9)
    call.say("caller", "طيب متى يوصل الطلب")
    return call.say("agent", "راجع أقرب فرع عندك", deflection=0.7)


def write_calls(
    db: Path, folder: Path, *calls: SpokenCall, keep_pii: bool = False, paths: dict | None = None
) -> Path:
    """Store the calls and their recordings (``<n>.wav``, or those of ``paths`` by call)."""
    config = {"privacy": {"keep_pii": keep_pii}}
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "r", "d", "c", config, "00"))
        for number, call in enumerate(calls):
            path = (paths or {}).get(call.call_id) or write_wav(
                folder / f"{number}.wav", call.sound()
            )
            writer.write_audit(call.audit(path))
        writer.finish()
    return db


def energy_at(samples: np.ndarray, hz: float, rate_hz: int = 16_000) -> float:
    """Amplitude of the tone ``hz`` in ``samples``: the largest of its windows of 50 ms."""
    size = rate_hz // 20
    wave = np.exp(-2j * np.pi * hz * np.arange(size) / rate_hz) * np.hanning(size)
    found = [
        abs((samples[start : start + size] * wave).sum()) / (size / 4)
        for start in range(0, len(samples) - size, size // 2)
    ]
    return float(max(found))

# ruff: noqa: E501
"""Voices of agents who agreed to be known by them, in a file of their own.

A voice is a biometric: sensitive personal data under the Saudi Personal Data Protection Law. So
voiceprints are off unless a file of them is named, lie apart from the audits, are readable by their owner alone,
and hold who agreed to what where. docs/voiceprints.md says what is needed before the first.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.speech.voice_embedding import likeness
from audit.types import VoiceCheck, VoiceOutcome

MODEL = "campplus"
_SIZE = 192
#: Enrolment needs so much speech; a check so much.
MIN_ENROLMENT_MS = 20_000
MIN_CHECK_MS = 8_000
#: Cosine to a voice enrolled over three calls (the four synthesized voices of the sample calls, other
#: calls, other codecs and bands): 95 % of 220 trials of the same voice are 0.74 or more and none below
#: 0.68; none of 260 of another voice reaches 0.70 (docs/quality.md).
MATCH, MISMATCH = 0.74, 0.66
#: One call has its own line in it: the same voice falls to 0.57 on another.
MISMATCH_FEW_CALLS, _ENOUGH_CALLS = 0.55, 3


@dataclass(frozen=True, slots=True)
class Voiceprint:
    """The voice of an agent: ``embedding`` has 192 numbers and length 1.

    ``consent`` says where the agent's explicit consent is on record.
    """

    agent_id: str
    embedding: tuple[float, ...]
    speech_ms: int
    calls: int
    consent: str
    enrolled_at: str
    model: str = MODEL


@dataclass(frozen=True, slots=True)
class Voiceprints:
    """All enrolled agents, by agent_id."""

    agents: Mapping[str, Voiceprint] = field(default_factory=dict)

    def check(self, agent_id: str, voice: tuple[float, ...]) -> VoiceCheck | None:
        """Whether ``voice`` is that of ``agent_id``; ``None`` for an agent who is not enrolled."""
        known = self.agents.get(agent_id)
        if known is None:
            return None
        score = likeness(known.embedding, voice)
        return VoiceCheck(agent_id, round(score, 4), outcome(score, known.calls))

    def enrolled(
        self, agent_id: str, embedding: tuple[float, ...], speech_ms: int, calls: int, consent: str
    ) -> Voiceprints:
        """With the voice of an agent, in place of an earlier one.

        Raises ``UsageError`` without enough speech, or without a word on consent.
        """
        if not agent_id.strip() or not consent.strip():
            raise UsageError(
                "a voiceprint needs the agent and --consent, where the agent's explicit consent is on "
                "record (docs/voiceprints.md)"
            )
        if speech_ms < MIN_ENROLMENT_MS:
            raise UsageError(
                f"{agent_id}: only {speech_ms / 1000:.0f} s of speech; a voiceprint needs "
                f"{MIN_ENROLMENT_MS // 1000} s: give more recordings"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        print_ = Voiceprint(agent_id, embedding, speech_ms, calls, consent.strip(), now)
        return replace(self, agents={**self.agents, agent_id: print_})

    def without(self, agent_id: str) -> Voiceprints:
        """Raises ``UsageError`` for an agent who is not enrolled."""
        if agent_id not in self.agents:
            raise UsageError(
                f"no voiceprint of {agent_id!r}; `tasleek voiceprints list` shows them"
            )
        kept = {name: known for name, known in self.agents.items() if name != agent_id}
        return replace(self, agents=kept)


def outcome(score: float, calls: int) -> VoiceOutcome:
    """What a cosine says of a voice that was enrolled over ``calls`` calls."""
    if score >= MATCH:
        return "match"
    limit = MISMATCH if calls >= _ENOUGH_CALLS else MISMATCH_FEW_CALLS
    return "mismatch" if score < limit else "unsure"


def read_voiceprints(path: Path) -> Voiceprints:
    """The voiceprints of a file; raises ``UsageError`` where it is missing, open to others or broken."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    f"{path}: other accounts can reach these voices; run `chmod 600 {path}` first"
                )
            content = json.load(file)
        agents = {entry["agent_id"]: _voiceprint(entry) for entry in content["agents"]}
    except FileNotFoundError as error:
        raise UsageError(
            f"{path}: no such file of voiceprints; `tasleek voiceprints enroll` makes one"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UsageError(f"{path}: not a file of voiceprints ({error!r})") from error
    return Voiceprints(agents)


def write_voiceprints(path: Path, voiceprints: Voiceprints) -> None:
    """Replace the file at once, readable and writable by its owner alone (mode 0600)."""
    content = {"version": 1, "agents": [asdict(v) for _, v in sorted(voiceprints.agents.items())]}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _voiceprint(entry: Mapping[str, Any]) -> Voiceprint:
    embedding = tuple(float(value) for value in entry["embedding"])
    if len(embedding) != _SIZE or not math.isclose(likeness(embedding, embedding), 1, abs_tol=1e-3):
        raise ValueError("an embedding is 192 numbers of length 1")
    if entry["model"] != MODEL:
        raise ValueError(f"made by the model {entry['model']!r}, not {MODEL!r}: enroll again")
    return Voiceprint(
        agent_id=str(entry["agent_id"]),
        embedding=embedding,
        speech_ms=int(entry["speech_ms"]),
        calls=int(entry["calls"]),
        consent=str(entry["consent"]),
        enrolled_at=str(entry["enrolled_at"]),
        model=str(entry["model"]),
    )

"""Whether the stated agent is the one who speaks, by the agent's enrolled voice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from audit.speech.timeline import subtract
from audit.speech.voice_embedding import VoiceEmbedder, heard_ms
from audit.speech.voiceprints import MIN_CHECK_MS, Voiceprints, read_voiceprints
from audit.types import Diarization, RoleAssignment, Segment, VoiceCheck, Waveform


class VoiceChecker:
    """Compares the speakers of calls with enrolled agents."""

    def __init__(self, voiceprints: Voiceprints, embedder: VoiceEmbedder) -> None:
        self._voiceprints = voiceprints
        self._embedder = embedder

    def speakers(
        self, agent_id: str | None, waveform: Waveform, diarization: Diarization
    ) -> dict[str, VoiceCheck]:
        """How like the stated agent each speaker is who says enough.

        Empty, and no voice is measured, unless that agent is enrolled.
        """
        if agent_id is None or agent_id not in self._voiceprints.agents:
            return {}
        checks: dict[str, VoiceCheck] = {}
        for speaker in diarization.speakers:
            speech = _alone(speaker, diarization)
            if heard_ms(speech) < MIN_CHECK_MS:
                continue
            channel = diarization.channel_of(speaker) or 0
            voice = self._embedder.embed(waveform.samples[channel], speech)
            check = self._voiceprints.check(agent_id, voice) if voice else None
            if check is not None:
                checks[speaker] = check
        return checks


def load_voice_checker(file: str, find_weights: Callable[[str], Path]) -> VoiceChecker | None:
    """A checker with the voiceprints of ``file``; ``None`` for no file. Raises ``UsageError``."""
    if not file:
        return None
    return VoiceChecker(read_voiceprints(Path(file)), VoiceEmbedder(find_weights))


def own_speaker(checks: Mapping[str, VoiceCheck]) -> str | None:
    """The only speaker with the agent's voice; ``None`` where it is nobody's or may be another's."""
    matching = [speaker for speaker, check in checks.items() if check.outcome == "match"]
    others = [c for s, c in checks.items() if s not in matching and c.outcome != "mismatch"]
    return matching[0] if len(matching) == 1 and not others else None


def agent_check(checks: Mapping[str, VoiceCheck], roles: RoleAssignment) -> VoiceCheck | None:
    """The check of whoever speaks as the agent; of several agents the one most like."""
    found = [check for speaker, check in checks.items() if roles.role_of(speaker) == "agent"]
    return max(found, key=lambda check: check.score, default=None)


def _alone(speaker: str, diarization: Diarization) -> tuple[Segment, ...]:
    """What a speaker says while nobody else on the same channel does."""
    channel = diarization.channel_of(speaker)
    own = [turn.segment for turn in diarization.turns if turn.speaker == speaker]
    others = [
        turn.segment
        for turn in diarization.turns
        if turn.speaker != speaker and diarization.channel_of(turn.speaker) == channel
    ]
    return subtract(own, others)

"""When a call's evidence is too weak to accuse or to praise anyone: ``unscorable``, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from audit.config import EvidenceConfig
from audit.types import Diarization, HeardLanguage, RoleAssignment, Utterance

#: The corpus, the lexicons and the classifier are Arabic.
SCORED_LANGUAGE = "ar"
LANGUAGE_NAMES = {"en": "English", "fr": "French", "hi": "Hindi", "ur": "Urdu", "tr": "Turkish",
                  "fa": "Persian", "bn": "Bengali", "tl": "Tagalog", "id": "Indonesian"}  # fmt: skip


def unheard_reason(diarization: Diarization, config: EvidenceConfig) -> str | None:
    """Why there is nothing to recognize, from the speech found alone; ``None`` when there is."""
    speech_ms = sum(turn.segment.duration_ms for turn in diarization.turns)
    if speech_ms == 0:
        return "no speech in the recording (silence, music or noise only)"
    if speech_ms < config.min_speech_s * 1000:
        return f"only {speech_ms / 1000:.1f} s of speech; at least {config.min_speech_s:g} s are needed"
    return None


def foreign_reason(languages: Sequence[HeardLanguage], config: EvidenceConfig) -> str | None:
    """Why the call is in another language than Arabic; ``None`` where it is not, or may not be."""
    sure = [heard for heard in languages if heard.probability >= config.min_language_probability]
    if not sure or any(heard.code == SCORED_LANGUAGE for heard in languages):
        return None
    found = max(sure, key=lambda heard: heard.probability)
    name = LANGUAGE_NAMES.get(found.code, found.code)
    return (
        f"the call seems to be in {name} ({found.probability:.0%} sure); "
        "only Arabic calls are scored"
    )


def weak_reason(
    utterances: Sequence[Utterance], roles: RoleAssignment, config: EvidenceConfig
) -> str | None:
    """Why what was heard does not carry a verdict; ``None`` when it does."""
    if not any(turn.words for turn in utterances):
        return "speech was found, but no word was recognized (noise, or a voice too faint)"
    if roles.confidence < config.min_role_confidence:
        return (
            f"it is unclear who is the agent (confidence {roles.confidence:.2f}: {roles.evidence}); "
            "give agent_channel in the manifest or --agent-channel"
        )
    words = [word for turn in utterances if turn.role == "agent" for word in turn.words]
    if len(words) < config.min_agent_words:
        return f"the agent says {len(words)} words; at least {config.min_agent_words} are needed"
    confidence = sum(word.probability for word in words) / len(words)
    if confidence < config.min_asr_confidence:
        return (
            f"the agent's words were recognized with confidence {confidence:.2f}; below "
            f"{config.min_asr_confidence:g} the words are too unsure to judge anyone by"
        )
    return None

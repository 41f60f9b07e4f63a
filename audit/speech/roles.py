"""Which speaker is the agent: told by a channel map, or found in words and behaviour."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from audit.errors import AudioError, UsageError
from audit.speech.cues import Cue, find_cues, load_cues
from audit.speech.role_grams import agent_log_odds
from audit.types import CallMetadata, Diarization, Role, RoleAssignment, Utterance

#: A cue in the opening (these turns) or the closing counts fully, elsewhere by this factor: a caller
#: too says «تحت الإجراء», but rarely greets in the centre's name.
_OPENING_TURNS = 6
_MIDDLE_FACTOR = 0.7
#: All cues of one party together weigh at most this: long calls are not surer than their evidence.
_MAX_WORDS = 8.0
#: Grams are far from independent: this share of their log-odds is right as often as it says on the
#: held-out calls of the corpus with half of the words misheard; and at most this from them alone.
_GRAM_FACTOR, _MAX_GRAMS = 0.05, 3.0
#: Whoever picks up speaks first; callers do so in one call of a few («ألو»).
_FIRST_SPEAKER = 0.6
#: The agent announces a wait, or comes back to a silence of this length at least.
_WAIT_MS = 8000
_RETURNS_FROM_WAIT = 0.6
#: Agents read, explain and ask; callers answer in fewer words.
_MOST_TALK = 0.3
#: A voice beside the two parties with this evidence of its own is a second agent (a transfer).
_SECOND_AGENT = 2.5
_MENU = 2.5
#: The speaker has the enrolled voice of the stated agent, and nobody else has.
_OWN_VOICE = 4.0
#: Of the words of the call; a voice with less is a fragment of another, or someone in the room.
_FRAGMENT_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class _Voice:
    """What speaks for one speaker being the agent (``score`` > 0) or the caller (< 0)."""

    speaker: str
    score: float
    menu: float
    words: int
    first_ms: int
    reasons: tuple[str, ...]


def assign_roles(
    utterances: Sequence[Utterance],
    diarization: Diarization,
    metadata: CallMetadata,
    agent_channel: str | int | None = "auto",
    channels: int | None = None,
    own_voice: str | None = None,
) -> RoleAssignment:
    """Give each speaker a role.

    ``agent_channel`` is 0 or 1 (as number or text) to say where the agent is; ``auto`` or ``None``
    take it from ``metadata``, then from words and behaviour. ``channels`` is the number of channels
    of the recording; without it, a diarization that knows channels counts as stereo. A channel map
    says nothing where all speakers are on one channel, and words decide there. ``own_voice`` is the
    speaker with the enrolled voice of the stated agent, where there is one.

    The confidence in ``[0, 1]`` is 1 for a channel map, else ``tanh(d / 2)`` of the difference ``d``
    in evidence (log odds) between the agent and the most likely other agent. Of more than two
    speakers, menus and bystanders become ``other`` and whoever takes a transferred call a second
    ``agent``. Raises ``UsageError`` for a wrong ``agent_channel`` and ``AudioError`` where the
    recording does not have that channel.
    """
    told = _told_channel(agent_channel, metadata)
    if told is not None:
        count = channels or (2 if diarization.channels else 1)
        if told >= count:
            raise AudioError(
                f"agent channel {told} does not exist: the recording has {count} channel(s); "
                "correct --agent-channel or the manifest's agent_channel"
            )
        if len({channel for _, channel in diarization.channels}) == len(diarization.channels) > 0:
            return _by_channel(diarization, told)
    return _by_evidence(utterances, diarization, metadata, own_voice)


def _told_channel(agent_channel: str | int | None, metadata: CallMetadata) -> int | None:
    if agent_channel in ("auto", None):
        return metadata.agent_channel
    try:
        channel = int(agent_channel or 0)
    except ValueError:
        channel = -1
    if channel not in (0, 1):
        raise UsageError(f"agent channel {agent_channel!r}: write auto, 0 or 1")
    return channel


def _by_channel(diarization: Diarization, agent_channel: int) -> RoleAssignment:
    roles: list[tuple[str, Role]] = [
        (speaker, "agent" if channel == agent_channel else "caller")
        for speaker, channel in diarization.channels
    ]
    return RoleAssignment(tuple(roles), 1.0, f"channel map: agent on channel {agent_channel}")


def _by_evidence(
    utterances: Sequence[Utterance],
    diarization: Diarization,
    metadata: CallMetadata,
    own_voice: str | None,
) -> RoleAssignment:
    voices = [
        voice
        for speaker in diarization.speakers
        if (voice := _voice(speaker, utterances, metadata, speaker == own_voice)) is not None
    ]
    silent: list[tuple[str, Role]] = [
        (speaker, "unknown")
        for speaker in diarization.speakers
        if speaker not in {voice.speaker for voice in voices}
    ]
    if not voices:
        return RoleAssignment(tuple(silent), 0.0, "no words to tell the parties by")
    roles, confidence = _roles_of(voices)
    agent = next((voice for voice in voices if dict(roles).get(voice.speaker) == "agent"), None)
    caller = next((voice for voice in voices if dict(roles).get(voice.speaker) == "caller"), None)
    reasons = [
        f"{role}: {', '.join(voice.reasons) or 'by exclusion'}"
        for role, voice in (("agent", agent), ("caller", caller))
        if voice
    ]
    return RoleAssignment((*roles, *silent), confidence, "; ".join(reasons))


def _roles_of(voices: list[_Voice]) -> tuple[tuple[tuple[str, Role], ...], float]:
    """Roles of the voices, and how sure the choice between agent and caller is."""
    total = sum(voice.words for voice in voices)
    parties = [v for v in voices if v.menu < _MENU or v.menu < v.score]
    large = [v for v in parties if v.words >= _FRAGMENT_SHARE * total]
    parties = large if len(large) >= 2 else parties
    if not parties:
        return tuple((voice.speaker, "other") for voice in voices), 0.0
    ranked = sorted(parties, key=lambda voice: (-voice.score, voice.first_ms))
    agent = ranked[0]
    if len(ranked) == 1:
        role: Role = "agent" if agent.score > 0 else "caller"
        alone: list[tuple[str, Role]] = [
            (v.speaker, role if v is agent else "other") for v in voices
        ]
        return tuple(alone), math.tanh(abs(agent.score) / 2)
    caller = min(ranked[1:], key=lambda voice: (voice.score, -voice.words))
    roles: list[tuple[str, Role]] = []
    for voice in voices:
        if voice is agent:
            roles.append((voice.speaker, "agent"))
        elif voice is caller:
            roles.append((voice.speaker, "caller"))
        elif voice in ranked and voice.score - caller.score >= _SECOND_AGENT and voice.score > 1:
            roles.append((voice.speaker, "agent"))
        else:
            roles.append((voice.speaker, "other"))
    return tuple(roles), math.tanh(max(0.0, agent.score - caller.score) / 2)


def _voice(
    speaker: str, utterances: Sequence[Utterance], metadata: CallMetadata, is_own: bool
) -> _Voice | None:
    own = [utterance for utterance in utterances if utterance.speaker == speaker]
    if not own:
        return None
    words, menu, reasons = _word_evidence(own, utterances)
    behaviour, habits = _behaviour(speaker, utterances, metadata)
    manner = _GRAM_FACTOR * agent_log_odds(utterance.text for utterance in own)
    manner = max(-_MAX_GRAMS, min(_MAX_GRAMS, manner))
    if abs(manner) >= 1.0:
        habits = (*habits, "words of an agent" if manner > 0 else "words of a caller")
    if is_own:
        habits = (*habits, "enrolled voice")
    return _Voice(
        speaker,
        words + behaviour + manner + (_OWN_VOICE if is_own else 0.0),
        menu,
        sum(len(utterance.text.split()) for utterance in own),
        own[0].start_ms,
        (*reasons, *habits),
    )


def _word_evidence(
    own: Sequence[Utterance], utterances: Sequence[Utterance]
) -> tuple[float, float, tuple[str, ...]]:
    """Signed weight of the cues in a speaker's words, weight of menu phrases, and reasons."""
    best: dict[Cue, float] = {}
    for utterance in own:
        near_edge = utterance.turn_index < _OPENING_TURNS or (
            utterance.turn_index >= len(utterances) - 3
        )
        for cue, weight in find_cues(_party_cues(), utterance.text):
            scaled = weight * (1.0 if near_edge else _MIDDLE_FACTOR)
            best[cue] = max(best.get(cue, 0.0), scaled)
    totals = {
        kind: _saturated([weight for cue, weight in best.items() if cue.kind == kind])
        for kind in ("agent", "caller", "menu")
    }
    strongest = sorted(best, key=lambda cue: -best[cue])[:3]
    reasons = tuple(f"«{cue.phrase}» ({cue.kind})" for cue in strongest)
    return totals["agent"] - totals["caller"], totals["menu"], reasons


def _saturated(weights: list[float]) -> float:
    """Sum of weights in which each next, smaller one counts less: near synonyms match together."""
    ordered = sorted(weights, reverse=True)
    return min(_MAX_WORDS, sum(weight * 0.8**rank for rank, weight in enumerate(ordered)))


def _behaviour(
    speaker: str, utterances: Sequence[Utterance], metadata: CallMetadata
) -> tuple[float, tuple[str, ...]]:
    score = 0.0
    habits: list[str] = []
    outbound = (metadata.direction or "").lower().startswith("out")
    if utterances[0].speaker == speaker:
        score += -_FIRST_SPEAKER if outbound else _FIRST_SPEAKER
        habits.append("speaks first")
    if _returns_from_wait(speaker, utterances):
        score += _RETURNS_FROM_WAIT
        habits.append("returns from a wait")
    talk: dict[str, int] = {}
    for utterance in utterances:
        talk[utterance.speaker] = talk.get(utterance.speaker, 0) + len(utterance.text.split())
    if max(sorted(talk), key=lambda name: talk[name]) == speaker:
        score += _MOST_TALK
        habits.append("talks most")
    return score, tuple(habits)


def _returns_from_wait(speaker: str, utterances: Sequence[Utterance]) -> bool:
    """Whether ``speaker`` is the first to speak after some wait in the call."""
    end_ms = utterances[0].end_ms
    for utterance in utterances[1:]:
        if utterance.start_ms - end_ms >= _WAIT_MS and utterance.speaker == speaker:
            return True
        end_ms = max(end_ms, utterance.end_ms)
    return False


@functools.lru_cache(maxsize=1)
def _party_cues() -> tuple[Cue, ...]:
    """Cues of the parties; announcing a hold and coming back from it is the agent's part."""
    holds = (Cue(cue.phrase, "agent", cue.weight / 2) for cue in load_cues("hold_cues"))
    return (*load_cues("agent_cues"), *holds)

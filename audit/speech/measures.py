"""What the sound of a call tells and its words do not: talk, overlap, interruptions, waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.speech.timeline import gaps, intersection, subtract, total_ms, union
from audit.types import (
    CallMetrics,
    Diarization,
    Hold,
    Role,
    RoleAssignment,
    Segment,
    SpeakerTurn,
    Utterance,
    Waveform,
)

#: Silence of both parties counts as dead air beyond this, outside holds.
DEAD_AIR_MS = 3000
#: Pauses of one speaker up to this are within one stretch of speech.
_BRIDGE_MS = 500
#: Voices overlap by less at ordinary changes of speaker, some 40 % of which overlap at all:
#: M. Heldner and J. Edlund, "Pauses, gaps and overlaps in conversations", J. Phonetics 38 (2010).
_MIN_OVERLAP_MS = 500
#: Within one channel the edges of speakers are good to a tenth of a second only.
_MIN_OVERLAP_MONO_MS = 550
#: Whoever is interrupted had the floor for so long, and stops within so long.
_MIN_FLOOR_MS = 700
_MAX_OVERLAP_MS = 2500
#: Whoever interrupts has the floor for so long afterwards; less is a backchannel.
_MIN_TAKEN_MS = 400


@dataclass(frozen=True, slots=True)
class Interruption:
    """``by`` began at ``at_ms`` while ``of`` was speaking, and ``of`` stopped."""

    at_ms: int
    by: str
    of: str


def find_interruptions(diarization: Diarization) -> tuple[Interruption, ...]:
    """Speakers who cut another off, in order of time.

    One is cut off who has spoken for 0.7 s, is overlapped for 0.5 s (in mono 0.55 s) to 2.5 s, and
    stops, while the other goes on. Backchannels end before the other does and are none.
    """
    speech = {
        speaker: union(
            (turn.segment for turn in diarization.turns if turn.speaker == speaker), _BRIDGE_MS
        )
        for speaker in diarization.speakers
    }
    separate = len({channel for _, channel in diarization.channels}) > 1
    shortest_ms = _MIN_OVERLAP_MS if separate else _MIN_OVERLAP_MONO_MS
    found = [
        Interruption(begun.start_ms, by, of)
        for by, own in speech.items()
        for of, others in speech.items()
        if by != of
        for begun in own
        for floor in others
        if _cuts_off(begun, floor, shortest_ms)
    ]
    return tuple(sorted(found, key=lambda item: (item.at_ms, item.by, item.of)))


def _cuts_off(begun: Segment, floor: Segment, shortest_ms: int) -> bool:
    overlap_ms = floor.end_ms - begun.start_ms
    return (
        begun.start_ms - floor.start_ms >= _MIN_FLOOR_MS
        and shortest_ms <= overlap_ms <= _MAX_OVERLAP_MS
        and begun.end_ms - floor.end_ms >= _MIN_TAKEN_MS
    )


def measure_call(
    waveform: Waveform,
    diarization: Diarization,
    utterances: Sequence[Utterance],
    roles: RoleAssignment,
    holds: Sequence[Hold],
) -> CallMetrics:
    """The measures of a call.

    Talk times are of the diarized speech outside hold music. Dead air is silence of everybody for
    more than 3 s between the first and the last word, outside holds. ``first_agent_word_ms`` counts
    from the beginning of the recording; ``None`` without agent. The call is taken for ended by
    whoever has the last word, as far as a recording tells.
    """
    music = [hold.segment for hold in holds if hold.kind == "music"]
    talk = {
        role: subtract(_speech(diarization.turns, roles, role), music if role == "agent" else ())
        for role in ("agent", "caller", "other", "unknown")
    }
    everybody = union(segment for segments in talk.values() for segment in segments)
    interruptions = [roles.role_of(item.by) for item in _between_parties(diarization, roles)]
    longest = max((hold.segment.duration_ms for hold in holds), default=0)
    return CallMetrics(
        agent_talk_ms=total_ms(talk["agent"]),
        caller_talk_ms=total_ms(talk["caller"]),
        overlap_ms=total_ms(intersection(talk["agent"], talk["caller"])),
        agent_interruptions=interruptions.count("agent"),
        caller_interruptions=interruptions.count("caller"),
        hold_ms=total_ms(hold.segment for hold in holds),
        longest_hold_ms=longest,
        hold_count=len(holds),
        dead_air_ms=_dead_air_ms(everybody, holds, waveform.duration_ms),
        first_agent_word_ms=_first_word_ms(utterances, talk["agent"]),
        ended_by=_ended_by(talk["agent"], talk["caller"]),
    )


def _between_parties(diarization: Diarization, roles: RoleAssignment) -> list[Interruption]:
    return [
        item
        for item in find_interruptions(diarization)
        if {roles.role_of(item.by), roles.role_of(item.of)} == {"agent", "caller"}
    ]


def _speech(turns: Sequence[SpeakerTurn], roles: RoleAssignment, role: Role) -> tuple[Segment, ...]:
    return union(turn.segment for turn in turns if roles.role_of(turn.speaker) == role)


def _dead_air_ms(speech: Sequence[Segment], holds: Sequence[Hold], duration_ms: int) -> int:
    if not speech:
        return 0
    start_ms, end_ms = speech[0].start_ms, min(speech[-1].end_ms, duration_ms)
    silent = gaps((*speech, *(hold.segment for hold in holds)), start_ms, end_ms)
    return sum(gap.duration_ms for gap in silent if gap.duration_ms > DEAD_AIR_MS)


def _first_word_ms(utterances: Sequence[Utterance], talk: Sequence[Segment]) -> int | None:
    spoken = [utterance.start_ms for utterance in utterances if utterance.role == "agent"]
    if spoken:
        return spoken[0]
    return talk[0].start_ms if talk else None


def _ended_by(agent: Sequence[Segment], caller: Sequence[Segment]) -> Role:
    agent_ms = agent[-1].end_ms if agent else -1
    caller_ms = caller[-1].end_ms if caller else -1
    if agent_ms == caller_ms:
        return "unknown"
    return "agent" if agent_ms > caller_ms else "caller"

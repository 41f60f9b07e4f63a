"""Interruptions: one party speaks into the other's speech, and the other stops."""

from __future__ import annotations

from dataclasses import dataclass

from audit.speech.timeline import union
from audit.types import Diarization, Segment

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

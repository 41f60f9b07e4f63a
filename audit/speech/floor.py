"""Who has the floor: how long a party keeps it, and how long the other takes to answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from audit.speech.timeline import union
from audit.types import Hold, Role, Segment

#: Pauses of one speaker up to this are within one stretch of speech.
BRIDGE_MS = 500
#: A word or two («ايه», «طيب») while the other goes on after it, with pauses of so much in all: a
#: backchannel, which takes no floor.
_MAX_BACKCHANNEL_MS = 900
_MAX_BACKCHANNEL_PAUSE_MS = 1200


@dataclass(frozen=True, slots=True)
class Floor:
    """A stretch in which ``role`` speaks until the other takes over; pauses lie within it."""

    role: Role
    start_ms: int
    end_ms: int

    @property
    def segment(self) -> Segment:
        return Segment(self.start_ms, self.end_ms)


@dataclass(frozen=True, slots=True)
class Answer:
    """``role`` took the floor at ``at_ms``, ``latency_ms`` after the other's end (0 for an overlap)."""

    role: Role
    at_ms: int
    latency_ms: int


def floors(talk: Mapping[Role, Sequence[Segment]]) -> tuple[Floor, ...]:
    """The floors of a conversation in order, from the speech of each role.

    Speech inside the other's, and backchannels, take no floor. Floors of two roles may overlap by what
    they say at once.
    """
    spoken = sorted(
        (
            Floor(role, segment.start_ms, segment.end_ms)
            for role, segments in talk.items()
            for segment in union(segments, BRIDGE_MS)
        ),
        key=lambda floor: (floor.start_ms, -floor.end_ms, floor.role),
    )
    taking: list[Floor] = []
    for floor in spoken:
        if not taking or floor.end_ms > max(taken.end_ms for taken in taking[-3:]):
            taking.append(floor)
    return tuple(_joined(_without_backchannels(taking)))


def _without_backchannels(spoken: list[Floor]) -> list[Floor]:
    kept = spoken[:1]
    for index in range(1, len(spoken) - 1):
        before, floor, after = kept[-1], spoken[index], spoken[index + 1]
        between_ms = after.start_ms - before.end_ms
        short = floor.end_ms - floor.start_ms <= _MAX_BACKCHANNEL_MS
        if (
            short
            and before.role == after.role != floor.role
            and between_ms - (floor.end_ms - floor.start_ms) <= _MAX_BACKCHANNEL_PAUSE_MS
        ):
            continue
        kept.append(floor)
    return kept + spoken[1:][-1:]


def _joined(spoken: list[Floor]) -> list[Floor]:
    joined: list[Floor] = []
    for floor in spoken:
        if joined and joined[-1].role == floor.role:
            end_ms = max(joined[-1].end_ms, floor.end_ms)
            joined[-1] = Floor(floor.role, joined[-1].start_ms, end_ms)
        else:
            joined.append(floor)
    return joined


def answers(taken: Sequence[Floor], holds: Sequence[Hold]) -> tuple[Answer, ...]:
    """How fast each floor followed the other party's; not where a hold lies between them."""
    return tuple(
        Answer(after.role, after.start_ms, max(0, after.start_ms - before.end_ms))
        for before, after in pairwise(taken)
        if before.role != after.role
        and not any(
            hold.start_ms < after.start_ms and before.end_ms < hold.end_ms for hold in holds
        )
    )


def longest_monologue_ms(taken: Sequence[Floor], role: Role, holds: Sequence[Hold]) -> int:
    """The longest floor of ``role``, holds within it left out; 0 without one."""
    return max(
        (
            floor.end_ms
            - floor.start_ms
            - sum(floor.segment.overlap_ms(hold.segment) for hold in holds)
            for floor in taken
            if floor.role == role
        ),
        default=0,
    )


def percentile(values: Sequence[int], share: float) -> int | None:
    """The smallest value that ``share`` of ``values`` do not exceed (nearest rank)."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

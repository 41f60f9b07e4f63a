"""Arithmetic of stretches of time: unions, gaps, overlaps, and one speaker at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.types import Segment, SpeakerTurn


def union(segments: Iterable[Segment], bridge_ms: int = 0) -> tuple[Segment, ...]:
    """The stretches that ``segments`` cover, sorted, disjoint; gaps up to ``bridge_ms`` filled."""
    merged: list[Segment] = []
    for segment in sorted(segments, key=lambda item: (item.start_ms, item.end_ms)):
        if segment.end_ms <= segment.start_ms:
            continue
        if merged and segment.start_ms <= merged[-1].end_ms + bridge_ms:
            merged[-1] = Segment(merged[-1].start_ms, max(merged[-1].end_ms, segment.end_ms))
        else:
            merged.append(segment)
    return tuple(merged)


def gaps(segments: Iterable[Segment], start_ms: int, end_ms: int) -> tuple[Segment, ...]:
    """The stretches of ``[start_ms, end_ms)`` that no segment covers."""
    found: list[Segment] = []
    cursor = start_ms
    for segment in union(segments):
        if segment.start_ms > cursor:
            found.append(Segment(cursor, min(segment.start_ms, end_ms)))
        cursor = max(cursor, segment.end_ms)
        if cursor >= end_ms:
            break
    if cursor < end_ms:
        found.append(Segment(cursor, end_ms))
    return tuple(gap for gap in found if gap.duration_ms > 0)


def intersection(first: Iterable[Segment], second: Iterable[Segment]) -> tuple[Segment, ...]:
    """The stretches covered by both."""
    left, right = union(first), union(second)
    shared: list[Segment] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start_ms = max(left[i].start_ms, right[j].start_ms)
        end_ms = min(left[i].end_ms, right[j].end_ms)
        if start_ms < end_ms:
            shared.append(Segment(start_ms, end_ms))
        if left[i].end_ms < right[j].end_ms:
            i += 1
        else:
            j += 1
    return tuple(shared)


def subtract(first: Iterable[Segment], second: Iterable[Segment]) -> tuple[Segment, ...]:
    """The stretches of ``first`` that ``second`` does not cover."""
    taken = union(second)
    left: list[Segment] = []
    for segment in union(first):
        left.extend(gaps(taken, segment.start_ms, segment.end_ms))
    return tuple(left)


def total_ms(segments: Iterable[Segment]) -> int:
    """Milliseconds covered by ``segments``, overlaps counted once."""
    return sum(segment.duration_ms for segment in union(segments))


def exclusive_turns(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
    """``turns`` with one speaker at a time: who has the floor keeps it until he stops.

    Whoever spoke during another's turn gets what is left of his own after it; a turn that lies
    wholly inside another's disappears.
    """
    exclusive: list[SpeakerTurn] = []
    floor_end_ms = 0
    for turn in sorted(turns, key=lambda item: (item.start_ms, -item.end_ms, item.speaker)):
        start_ms = max(turn.start_ms, floor_end_ms)
        if start_ms < turn.end_ms:
            exclusive.append(SpeakerTurn(start_ms, turn.end_ms, turn.speaker))
            floor_end_ms = turn.end_ms
    return tuple(exclusive)

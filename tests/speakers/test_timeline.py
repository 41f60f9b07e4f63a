from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from audit.speech.timeline import exclusive_turns, gaps, intersection, subtract, total_ms, union
from audit.types import Segment, SpeakerTurn

segments = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 60)).map(lambda p: Segment(p[0], p[0] + p[1])),
    max_size=10,
)


def moments(items: tuple[Segment, ...] | list[Segment]) -> set[int]:
    return {moment for item in items for moment in range(item.start_ms, item.end_ms)}


@given(segments, segments)
def test_set_arithmetic(first: list[Segment], second: list[Segment]) -> None:
    assert moments(union(first)) == moments(first)
    assert moments(intersection(first, second)) == moments(first) & moments(second)
    assert moments(subtract(first, second)) == moments(first) - moments(second)
    assert moments(gaps(first, 10, 200)) == set(range(10, 200)) - moments(first)
    assert total_ms(first) == len(moments(first))


@given(segments)
def test_union_is_sorted_and_disjoint(items: list[Segment]) -> None:
    merged = union(items)
    assert all(a.end_ms < b.start_ms for a, b in itertools.pairwise(merged))


@given(segments)
def test_exclusive_turns_have_one_speaker_at_a_time_and_cover_all(items: list[Segment]) -> None:
    turns = [SpeakerTurn(s.start_ms, s.end_ms, f"S{i % 3}") for i, s in enumerate(items)]
    exclusive = exclusive_turns(turns)
    spans = [turn.segment for turn in exclusive]
    assert moments(spans) == moments(items)
    assert sum(span.duration_ms for span in spans) == len(moments(items))

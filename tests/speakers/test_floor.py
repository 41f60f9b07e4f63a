from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from audit.speech.floor import Answer, Floor, answers, floors, longest_monologue_ms, percentile
from audit.types import Hold, Segment


def talk(agent: list[tuple[int, int]], caller: list[tuple[int, int]]) -> tuple[Floor, ...]:
    return floors({
        "agent": [Segment(*span) for span in agent], "caller": [Segment(*span) for span in caller],
    })  # fmt: skip


def test_the_floor_goes_back_and_forth() -> None:
    taken = talk([(0, 3000), (7000, 9000)], [(3400, 6000)])
    assert taken == (
        Floor("agent", 0, 3000),
        Floor("caller", 3400, 6000),
        Floor("agent", 7000, 9000),
    )
    assert answers(taken, ()) == (Answer("caller", 3400, 400), Answer("agent", 7000, 1000))


def test_an_answer_that_comes_early_has_no_latency() -> None:
    (answer,) = answers(talk([(0, 3000)], [(2700, 6000)]), ())
    assert answer.latency_ms == 0


def test_backchannels_take_no_floor() -> None:
    inside = talk([(0, 8000)], [(3000, 3500)])
    between = talk([(0, 4000), (4700, 9000)], [(4100, 4600)])
    assert [floor.role for floor in inside] == [floor.role for floor in between] == ["agent"]
    assert longest_monologue_ms(between, "agent", ()) == 9000
    assert longest_monologue_ms(between, "caller", ()) == 0


def test_a_short_answer_to_a_question_is_one() -> None:
    taken = talk([(0, 4000), (6500, 9000)], [(4500, 5000)])
    assert [floor.role for floor in taken] == ["agent", "caller", "agent"]


def test_holds_are_no_latency_and_no_monologue() -> None:
    hold = Hold(5000, 20_000, "music", True)
    taken = talk([(0, 4500), (20_500, 22_000)], [(23_000, 24_000)])
    assert longest_monologue_ms(taken, "agent", [hold]) == 7000
    across = talk([(0, 4500)], [(20_500, 22_000)])
    assert answers(across, [hold]) == ()


def test_percentile_is_a_value_that_occurred() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 11)), 0.9) == 9
    assert percentile([5], 0.9) == 5


spans = st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 8000)), max_size=12)


@given(spans, spans)
def test_floors_change_hands_and_cover_no_more_than_the_talk(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    agent = [(start, start + length) for start, length in first]
    caller = [(start, start + length) for start, length in second]
    taken = talk(agent, caller)
    assert all(a.role != b.role for a, b in itertools.pairwise(taken))
    assert all(a.end_ms < b.end_ms for a, b in itertools.pairwise(taken))
    assert bool(taken) == bool(agent or caller)
    assert all(answer.latency_ms >= 0 for answer in answers(taken, ()))

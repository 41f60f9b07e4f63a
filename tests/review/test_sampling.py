"""Sampling: what is drawn, and that its probabilities are true."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import UsageError
from audit.review.sampling import (
    SampleSpecification,
    draw_sample,
    inclusion_probability,
    parse_specification,
)
from audit.store.reviews import FrameCall

OPINIONS = ("flagged", "uncertain", "clean")


def frame(flagged: int, uncertain: int, clean: int, agents: int = 1):
    opinions = ["flagged"] * flagged + ["uncertain"] * uncertain + ["clean"] * clean
    return [
        FrameCall(f"C-{i:04}", f"A{i % agents}", None, None, opinion)
        for i, opinion in enumerate(opinions)
    ]


def test_every_part_of_a_specification_is_read_and_written_out():
    text = (
        "random=3,flagged=2,uncertain=1,per=agent,double=0.5,blind=all,seed=9,"
        "since=2026-11-01,until=2026-12-01,reviewers=sara+omar"
    )
    assert str(parse_specification(text)) == text
    assert str(parse_specification(str(parse_specification("random=4")))).startswith("random=4,")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "give random, flagged or uncertain"),
        ("random=0", "give random, flagged or uncertain"),
        ("random", "known are"),
        ("rnd=3", "known are"),
        ("random=-1", "whole number"),
        ("random=1.5", "whole number"),
        ("random=3,random=4", "given twice"),
        ("random=3,double=2", "share from 0 to 1"),
        ("random=3,double=x", "share from 0 to 1"),
        ("random=3,per=team", "one of all, agent, vendor, channel"),
        ("random=3,blind=yes", "one of random, all, none"),
        ("random=3,since=1.11.2026", "a day as"),
        ("random=3,since=2026-11-02,until=2026-11-02", "before until"),
        ("random=3,reviewers=a++b", "joined by +"),
        ("random=3,double=0.5,reviewers=a", "two reviewers"),
    ],
)
def test_a_wrong_specification_names_the_part(text, message):
    with pytest.raises(UsageError, match=message):
        parse_specification(text)


def test_nothing_to_draw_from_is_said():
    with pytest.raises(UsageError, match="no audited call"):
        draw_sample([], SampleSpecification(random=1))
    with pytest.raises(UsageError, match="flagged no such call"):
        draw_sample(frame(0, 0, 5), SampleSpecification(flagged=3))


counts = st.integers(0, 12)


@given(counts, counts, counts, st.integers(1, 3), counts, counts, counts, st.floats(0, 1))
def test_a_sample_is_sound(flagged, uncertain, clean, agents, r, f, u, double):
    calls = frame(flagged, uncertain, clean, agents)
    wanted = SampleSpecification(
        random=r, flagged=f, uncertain=u, per="agent", double=double, seed=3
    )
    if not calls:
        return
    try:
        sample = draw_sample(calls, wanted)
    except UsageError:
        assert r == 0
        return
    assert draw_sample(calls, wanted) == sample
    ids = [item.call_id for item in sample.items]
    assert len(set(ids)) == len(ids)
    assert [item.position for item in sample.items] == list(range(len(ids)))
    assert all(0 < item.probability <= 1 for item in sample.items)
    assert all(item.stratum in ("random", item.opinion) for item in sample.items)
    assert sum(item.readers == 2 for item in sample.items) == round(double * len(ids))
    assert all(item.blind for item in sample.items if item.readers == 2)
    assert sum(cell.population for cell in sample.cells) == len(calls)
    assert sum(cell.selected for cell in sample.cells) == len(ids)
    per_agent = Counter((item.quota_group, item.stratum) for item in sample.items)
    for group in {f"A{i}" for i in range(agents)} & {c.agent_id for c in calls}:
        members = sum(c.agent_id == group for c in calls)
        assert per_agent[group, "random"] == min(r, members)
        assert per_agent[group, "flagged"] <= f


@given(st.integers(1, 9), st.data())
def test_the_probability_is_that_of_enumeration(population, data):
    """Every possible first draw, counted one by one."""
    from itertools import combinations

    cell = data.draw(st.integers(1, population))
    drawn = data.draw(st.integers(0, population))
    extra = data.draw(st.integers(0, cell))
    draws = list(combinations(range(population), drawn))
    total = sum(
        Fraction(min(sum(member < cell for member in draw) + extra, cell), cell) for draw in draws
    )
    assert inclusion_probability(population, cell, drawn, extra) == total / len(draws)


def test_weighted_by_their_probability_samples_estimate_the_population():
    calls = frame(flagged=30, uncertain=10, clean=60)
    missed = {call.call_id for call in calls if call.call_id.endswith("7")}
    estimates = []
    for seed in range(1500):
        wanted = SampleSpecification(random=10, flagged=10, uncertain=5, seed=seed)
        items = draw_sample(calls, wanted).items
        estimates.append(sum(1 / i.probability for i in items if i.call_id in missed))
    mean = sum(estimates) / len(estimates)
    assert mean == pytest.approx(len(missed), rel=0.05)


def test_work_is_shared_evenly_among_named_reviewers():
    wanted = SampleSpecification(random=20, double=0.5, reviewers=("sara", "omar", "huda"), seed=1)
    items = draw_sample(frame(10, 10, 10), wanted).items
    assert all(len(set(item.assigned)) == item.readers for item in items)
    work = Counter(name for item in items for name in item.assigned)
    assert max(work.values()) - min(work.values()) <= 4
    assert set(work) == {"sara", "omar", "huda"}


def test_the_random_stratum_is_blind_unless_told_otherwise():
    calls = frame(10, 5, 10)
    for blind, expected in (("random", {"random"}), ("none", set()), ("all", None)):
        items = draw_sample(
            calls, SampleSpecification(random=5, flagged=5, blind=blind, seed=2)
        ).items
        found = {item.stratum for item in items if item.blind}
        assert found == ({item.stratum for item in items} if expected is None else expected)


def test_a_large_population_is_drawn_at_once():
    calls = frame(30_000, 5_000, 65_000)
    sample = draw_sample(calls, SampleSpecification(random=2000, flagged=500, uncertain=200))
    assert len(sample.items) == 2700

from __future__ import annotations

import random

import pytest

from audit.agreement.estimates import decided, sample_estimates
from audit.agreement.intervals import Estimate, Weighted, effective_size, share, wilson
from audit.store.agreement import CallJudgement, JudgedSample, LabelJudgement, RankedCall
from audit.store.reviews import SampleCell


def test_wilson_is_that_of_the_textbook():
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0.0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


def test_equal_weights_are_as_good_as_their_number():
    assert effective_size([3.0] * 7) == pytest.approx(7)
    assert effective_size([1.0, 9.0]) == pytest.approx(100 / 82)


def case(number, outcome, weight=1.0):
    return Weighted(f"c{number}", weight, outcome)


def shared(domain, what="calls"):
    return share(domain, {item.call_id: "one cell" for item in domain}, what)


def test_few_cases_give_no_number():
    found = shared([case(i, True) for i in range(9)], "judged calls")
    assert found.value is None
    assert str(found) == "too few: 9 judged calls, 10 needed"


def test_a_share_of_all_keeps_an_interval():
    found = shared([case(i, True) for i in range(12)])
    assert found.value == 1.0
    assert found.low == pytest.approx(0.757, abs=0.001)  # Wilson's, not a point
    assert found.high == 1.0


def test_weights_count():
    domain = [case(i, i < 5, weight=4.0 if i < 5 else 1.0) for i in range(10)]
    assert shared(domain).value == pytest.approx(20 / 25)


def test_turns_of_one_call_are_not_many_calls():
    apart = shared([case(i, i % 2 == 0) for i in range(60)])
    together = shared([Weighted(f"c{i // 30}", 1.0, i % 2 == 0) for i in range(60)])
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_most_reviewers_decide():
    said = {
        ("a", "x"): True, ("a", "y"): True, ("a", "z"): False,
        ("b", "x"): True, ("b", "y"): False,
        ("c", "x"): None, ("c", "y"): False,
    }  # fmt: skip
    assert decided(said) == {"a": True, "c": False}


# A population of 1000 calls of which the machine flags 100, drawn by a design that takes half of the
# flagged ones and a tenth of the others.
FLAGGED, CLEAN = 0.5, 0.1


def population(chance):
    calls = []
    for number in range(1000):
        flagged = number < 100
        bad = chance.random() < (0.7 if flagged else 0.05)
        calls.append((f"c{number:04}", flagged, bad))
    return calls


def drawn_sample(calls, chance):
    taken = {
        call_id
        for call_id, flagged, _ in calls
        if chance.random() < (FLAGGED if flagged else CLEAN)
    }
    ranked = tuple(
        RankedCall(
            call_id, place + 1, flagged, 360_000,
            (FLAGGED if flagged else CLEAN) if call_id in taken else None,
            ("flagged" if flagged else "clean") if call_id in taken else None,
            None, "random" if call_id in taken else None,
        )
        for place, (call_id, flagged, _) in enumerate(calls)
    )  # fmt: skip
    cells = (
        SampleCell(None, "flagged", 100, sum(c[1] for c in calls if c[0] in taken)),
        SampleCell(None, "clean", 900, sum(not c[1] for c in calls if c[0] in taken)),
    )
    return JudgedSample("s1", "spec", 1000, cells, ranked), taken


def test_what_is_true_of_all_calls_lies_in_the_intervals():
    chance = random.Random(5)
    calls = population(chance)
    inside = {"prevalence": 0, "precision": 0, "recall": 0}
    rounds = 12
    bad = {call_id for call_id, _, is_bad in calls if is_bad}
    flagged = {call_id for call_id, is_flagged, _ in calls if is_flagged}
    real = {
        "prevalence": len(bad) / 1000,
        "precision": len(bad & flagged) / len(flagged),
        "recall": len(bad & flagged) / len(bad),
    }
    means = dict.fromkeys(real, 0.0)
    for _ in range(rounds):
        sample, taken = drawn_sample(calls, chance)
        judged = [
            CallJudgement(call_id, "sara", is_bad, True, is_flagged)
            for call_id, is_flagged, is_bad in calls
            if call_id in taken and chance.random() < 0.8  # some are not judged yet
        ]
        found = sample_estimates(sample, judged, ())
        for name, value in real.items():
            estimate = getattr(found, name)
            inside[name] += estimate.low <= value <= estimate.high
            means[name] += estimate.value / rounds
    # 95 % intervals: fewer than 8 of 12 happens by chance once in ten thousand times.
    assert all(count >= 8 for count in inside.values()), inside
    for name, value in real.items():
        assert means[name] == pytest.approx(value, abs=0.05), name


def test_listening_by_score_finds_more():
    chance = random.Random(6)
    calls = population(chance)
    sample, taken = drawn_sample(calls, chance)
    judged = [CallJudgement(c, "sara", bad, True, f) for c, f, bad in calls if c in taken]
    found = sample_estimates(sample, judged, ())
    (depth,) = [depth for depth in found.depths if depth.top == 100]
    # Six-minute calls: seven of ten bad are seven an hour.
    assert depth.found_per_hour.value == pytest.approx(7, abs=1.5)
    assert found.random_per_hour.value == pytest.approx(10 * found.prevalence.value)
    assert depth.lift.low > 1.0
    assert depth.lift.value == pytest.approx(
        depth.found_per_hour.value / found.random_per_hour.value
    )
    assert found.bad_calls.value == pytest.approx(1000 * found.prevalence.value)


def test_a_part_that_nobody_heard_is_not_guessed():
    chance = random.Random(7)
    calls = population(chance)
    sample, taken = drawn_sample(calls, chance)
    judged = [CallJudgement(c, "sara", bad, True, f) for c, f, bad in calls if c in taken and f]
    found = sample_estimates(sample, judged, ())
    assert found.uncovered == ("clean",)
    assert found.precision.value is not None
    for figure in (found.prevalence, found.recall, found.random_per_hour, found.bad_calls):
        assert figure.value is None
        assert "clean" in str(figure)


def test_labels_missed_count_only_where_reviewers_were_blind():
    chance = random.Random(8)
    calls = population(chance)
    sample, taken = drawn_sample(calls, chance)
    blind, seen = [], []
    for call_id, flagged, bad in calls:
        if call_id in taken:
            row = LabelJudgement(call_id, 1, "placation", "sara", bad, True, flagged)
            blind.append(row)
            if flagged:
                seen.append(LabelJudgement(call_id, 1, "placation", "sara", bad, False, flagged))
    full = sample_estimates(sample, (), blind).labels[0]
    assert full.precision.value == pytest.approx(0.7, abs=0.15)
    assert 0.3 < full.recall.value < 0.9
    partial = sample_estimates(sample, (), seen).labels[0]
    assert partial.precision.value == pytest.approx(full.precision.value)
    assert partial.recall.value is None


def test_estimates_read_as_text():
    assert str(Estimate(0.5, 0.25, 0.75, 20)) == "0.50 (0.25–0.75)"
    assert str(Estimate(120.4, 80.2, 160.9, 20)) == "120 (80–161)"

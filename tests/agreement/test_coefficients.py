"""The coefficients, against the worked examples of their publications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.agreement.coefficients import (
    cohen_kappa,
    krippendorff_alpha,
    mean_kappa,
    percent_agreement,
    shared_units,
    tally,
)


def units(**told):
    """Units from a line a judge, ``.`` where they said nothing."""
    rows = {judge: line.split() for judge, line in told.items()}
    return [
        {judge: row[place] for judge, row in rows.items() if row[place] != "."}
        for place in range(len(next(iter(rows.values()))))
    ]


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", examples A, B and C.
BINARY = units(a="0 1 0 0 0 0 0 0 1 0", b="1 1 1 0 0 1 0 0 0 0")
FIVE_KINDS = units(a="a a b b d c c c e d d a", b="b a b b b c c c e d d d")
FOUR_JUDGES = units(
    a="1 2 3 3 2 1 4 1 2 . . .",
    b="1 2 3 3 2 2 4 1 2 5 . 3",
    c=". 3 3 3 2 3 4 2 2 5 1 .",
    d="1 2 3 3 2 4 4 1 2 5 1 .",
)


@pytest.mark.parametrize(
    ("data", "published"), [(BINARY, 0.095), (FIVE_KINDS, 0.692), (FOUR_JUDGES, 0.743)]
)
def test_alpha_is_that_of_the_publication(data, published):
    assert krippendorff_alpha(tally(data)) == pytest.approx(published, abs=0.0005)


def test_kappa_of_two_readers():
    # 20 times both yes, 15 both no, 5 and 10 apart: observed 0.70, by chance 0.50.
    said = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    data = tally({"a": one, "b": other} for one, other in said)
    assert percent_agreement(data) == pytest.approx(0.7)
    assert cohen_kappa(data, "a", "b") == pytest.approx(0.4)
    assert mean_kappa(data) == pytest.approx(0.4)


def test_kappa_of_several_is_weighted_by_what_they_share():
    data = tally(
        units(a="y y n n . .", b="y n n n y n", c=". . . . y y")
    )  # a-b over four units, b-c over two
    ab, bc = cohen_kappa(data, "a", "b"), cohen_kappa(data, "b", "c")
    assert shared_units(data) == {("a", "b"): 4, ("b", "c"): 2}
    assert mean_kappa(data) == pytest.approx((4 * ab + 2 * bc) / 6)


def test_what_cannot_be_measured_is_not():
    same = tally([{"a": True, "b": True}] * 3)
    assert percent_agreement(same) == 1.0
    assert cohen_kappa(same, "a", "b") is None
    assert krippendorff_alpha(same) is None
    alone = tally([{"a": True}, {"b": False}])
    assert percent_agreement(alone) is None
    assert mean_kappa(alone) is None
    assert krippendorff_alpha(alone) is None


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz"), max_size=4), max_size=30
    )
)
def test_alpha_is_perfect_only_without_disagreement(data):
    alpha = krippendorff_alpha(tally(data))
    apart = any(len(set(unit.values())) > 1 for unit in data)
    if alpha is not None:
        assert alpha <= 1.0 + 1e-12
        assert (alpha < 1.0 - 1e-9) == apart


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
def test_alpha_is_close_to_kappa_for_two_judges(said):
    """Alpha is kappa (with pooled margins, Scott's pi) corrected for small samples: never below pi."""
    data = tally({"a": one, "b": other} for one, other in said)
    alpha, kappa = krippendorff_alpha(data), cohen_kappa(data, "a", "b")
    if alpha is not None and kappa is not None and kappa >= 0:
        assert alpha <= kappa + 1.0 / len(said) + 1e-9

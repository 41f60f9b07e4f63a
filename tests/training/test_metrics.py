from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.training.metrics import (
    bootstrapped,
    expected_calibration_error,
    f1,
    precision_recall,
    roc_auc,
)
from audit.training.operating_points import best_f1_threshold, fit_output, unsure_band

PAIRS = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1).map(lambda x: round(x, 2))), min_size=4, max_size=60
)


@given(PAIRS)
def test_area_and_f1_agree_with_scikit_learn(pairs: list[tuple[bool, float]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    truth, found = [t for t, _ in pairs], [f for _, f in pairs]
    flagged = [f >= 0.5 for f in found]
    rows = range(len(pairs))
    if len(set(truth)) == 2:
        assert roc_auc(truth, found)(rows) == pytest.approx(metrics.roc_auc_score(truth, found))
    expected = metrics.f1_score(truth, flagged, zero_division=0.0)
    assert f1(truth, flagged)(rows) == pytest.approx(expected)


def test_the_area_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="both"):
        roc_auc([True, True], [0.1, 0.2])(range(2))


def test_the_interval_holds_the_value_and_widens_with_fewer_groups() -> None:
    truth = [i % 2 == 0 for i in range(200)]
    found = [0.6 * t + 0.4 * ((i * 37 % 100) / 100) for i, t in enumerate(truth)]
    found[::9] = [1 - f for f in found[::9]]
    many = bootstrapped(roc_auc(truth, found), [str(i) for i in range(200)])
    few = bootstrapped(roc_auc(truth, found), [str(i // 20) for i in range(200)])
    for figure in (many, few):
        assert figure.low <= figure.value <= figure.high
    assert many.value == few.value


def test_precision_and_recall() -> None:
    assert precision_recall([True, True, False], [True, False, False]) == (1.0, 0.5)


def test_calibration_error_of_a_sure_liar_is_one() -> None:
    assert expected_calibration_error([False, True], [1.0, 0.0]) == 1.0
    assert expected_calibration_error([True, False], [1.0, 0.0]) == 0.0


def test_the_threshold_lies_between_the_kinds() -> None:
    truth = [False] * 50 + [True] * 50
    found = [0.3] * 50 + [0.6] * 50
    threshold = best_f1_threshold(truth, found)
    assert 0.3 < threshold <= 0.6
    assert unsure_band(truth, found, threshold) == (threshold, threshold)


def test_the_unsure_band_covers_where_truth_is_mixed() -> None:
    found = [i / 200 for i in range(200)]
    truth = [f >= 0.5 if abs(f - 0.5) > 0.1 else i % 2 == 0 for i, f in enumerate(found)]
    low, high = unsure_band(truth, found, 0.5)
    assert low <= 0.42
    assert high >= 0.58


def test_platt_scaling_gives_frequencies() -> None:
    pytest.importorskip("sklearn")
    logits = [-4.0] * 100 + [4.0] * 100
    truth = [i % 4 == 0 for i in range(100)] + [i % 4 != 0 for i in range(100)]
    output = fit_output(truth, logits)
    assert output.probability(-4.0) == pytest.approx(0.25, abs=0.02)
    assert output.probability(4.0) == pytest.approx(0.75, abs=0.02)

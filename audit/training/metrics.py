"""Figures with their uncertainty: bootstrap over groups, since turns of one situation are alike.

Efron & Tibshirani (1993), percentile intervals; whole groups are drawn (cluster bootstrap).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RESAMPLES = 500

Metric = Callable[[Sequence[int]], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}–{self.high:.3f})"


def bootstrapped(metric: Metric, groups: Sequence[str], seed: int = 1) -> Figure:
    """``metric`` of all rows, and its interval over resamples of whole groups.

    ``metric`` takes row numbers (with repetition). Resamples on which it is undefined (``ValueError``)
    are left out.
    """
    rows_of: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows_of.setdefault(group, []).append(row)
    clusters = list(rows_of.values())
    rng = random.Random(seed)
    values = []
    for _ in range(RESAMPLES):
        drawn = [row for cluster in rng.choices(clusters, k=len(clusters)) for row in cluster]
        try:
            values.append(metric(drawn))
        except ValueError:
            continue
    values.sort()
    whole = metric(range(len(groups)))
    if not values:
        return Figure(whole, whole, whole)
    return Figure(whole, values[int(0.025 * len(values))], values[int(0.975 * (len(values) - 1))])


def roc_auc(truth: Sequence[bool], found: Sequence[float]) -> Metric:
    """Area under the ROC curve (Mann-Whitney; ties count half) as a function of rows.

    Raises ``ValueError`` when the rows are all of one kind.
    """

    def metric(rows: Sequence[int]) -> float:
        order = sorted(rows, key=lambda row: found[row])
        positives = sum(truth[row] for row in order)
        negatives = len(order) - positives
        if not positives or not negatives:
            raise ValueError("the area needs both kinds")
        area, below, at = 0.0, 0, 0
        while at < len(order):
            end = at
            while end < len(order) and found[order[end]] == found[order[at]]:
                end += 1
            hits = sum(truth[row] for row in order[at:end])
            misses = end - at - hits
            area += hits * (below + misses / 2)
            below += misses
            at = end
        return area / (positives * negatives)

    return metric


def f1(truth: Sequence[bool], flagged: Sequence[bool]) -> Metric:
    """F1 as a function of rows; 0 when nothing is flagged and nothing is true."""

    def metric(rows: Sequence[int]) -> float:
        hits = sum(truth[row] and flagged[row] for row in rows)
        total = sum(truth[row] for row in rows) + sum(flagged[row] for row in rows)
        return 2 * hits / total if total else 0.0

    return metric


def mean_of(metrics: Sequence[Metric]) -> Metric:
    """The mean of several metrics (macro average)."""
    return lambda rows: sum(metric(rows) for metric in metrics) / len(metrics)


def precision_recall(truth: Sequence[bool], flagged: Sequence[bool]) -> tuple[float, float]:
    hits = sum(t and f for t, f in zip(truth, flagged, strict=True))
    return hits / max(1, sum(flagged)), hits / max(1, sum(truth))


def expected_calibration_error(
    truth: Sequence[bool], found: Sequence[float], bins: int = 10
) -> float:
    """Mean distance of probability and frequency over equal bins (Guo et al., 2017)."""
    total = 0.0
    for k in range(bins):
        rows = [i for i, p in enumerate(found) if min(bins - 1, int(p * bins)) == k]
        if rows:
            total += abs(sum(found[i] for i in rows) - sum(truth[i] for i in rows))
    return total / len(found)

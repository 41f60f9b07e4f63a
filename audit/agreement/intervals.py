"""Shares with their uncertainty, from samples drawn with unequal probabilities.

Every figure here is a mean over a *domain* (the calls that the machine flagged, the calls that are
brush-offs …) of a sample in which a call counts ``1 / p`` (Horvitz & Thompson, 1952; the ratio of two
such sums is Hájek's estimator).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

#: Below this many judged calls a share is not told: its interval would span half the scale.
FEWEST = 10
_RESAMPLES = 500
_Z = 1.959964

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval. ``value`` is ``None`` where ``cases`` are too few, as
    ``reason`` says."""

    value: float | None
    low: float | None
    high: float | None
    cases: int
    reason: str | None = None

    @classmethod
    def too_few(cls, cases: int, what: str, needed: int = FEWEST) -> Estimate:
        return cls(None, None, None, cases, f"too few: {cases} {what}, {needed} needed")

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return self.reason or "not known"
        digits = 2 if abs(self.high) < 10 else 0
        return f"{self.value:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"


@dataclass(frozen=True, slots=True)
class Weighted:
    """A case of a domain: its call, that call's weight ``1 / p``, the outcome."""

    call_id: str
    weight: float
    outcome: bool


def share(
    domain: Sequence[Weighted], cells: Mapping[str, Hashable], what: str, fewest: int = FEWEST
) -> Estimate:
    """The share in ``[0, 1]`` of the domain with the outcome; ``what`` names its cases.

    ``cells`` are those of all judged calls of the sample, by call: how many of them fall into the domain
    is chance, too. The interval is the wider of Wilson's, on the effective number of calls, and the
    bootstrap over calls within their cells: either alone is too narrow in one corner or another.
    """
    cases = len(domain)
    if cases < fewest:
        return Estimate.too_few(cases, what, fewest)
    value = weighted_mean(domain)
    by_call: dict[str, list[Weighted]] = {call_id: [] for call_id in cells}
    for case in domain:
        by_call[case.call_id].append(case)
    low, high = wilson(value, effective_size([own[0].weight for own in by_call.values() if own]))
    lowest, highest = bootstrap(
        list(by_call.items()),
        lambda item: cells[item[0]],
        lambda drawn: weighted_mean([case for _, own in drawn for case in own]),
    )
    return Estimate(value, min(low, lowest), max(high, highest), cases)


def weighted_mean(domain: Sequence[Weighted]) -> float:
    """Raises ``ZeroDivisionError`` on an empty domain."""
    return sum(c.weight * c.outcome for c in domain) / sum(c.weight for c in domain)


def effective_size(weights: Sequence[float]) -> float:
    """How many cases of equal weight say as much (Kish, 1965)."""
    return sum(weights) ** 2 / sum(weight**2 for weight in weights)


def wilson(value: float, size: float) -> tuple[float, float]:
    """Wilson's (1927) 95 % interval of a share seen on ``size`` cases."""
    middle = (value + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z / (1 + _Z**2 / size) * math.sqrt(value * (1 - value) / size + (_Z / (2 * size)) ** 2)
    # At 0 and 1 the one end is exact; rounding must not put it beyond the value.
    return max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))


def bootstrap(
    cases: Sequence[T],
    cell_of: Callable[[T], Hashable],
    figure: Callable[[Sequence[T]], float],
    resamples: int = _RESAMPLES,
) -> tuple[float, float]:
    """The 95 % percentile interval of ``figure`` over resamples drawn within each cell.

    Resamples on which it is undefined (``ZeroDivisionError``) are left out. Raises ``ZeroDivisionError``
    where all are.
    """
    cells: dict[Hashable, list[T]] = {}
    for case in cases:
        cells.setdefault(cell_of(case), []).append(case)
    chance = random.Random(1)
    found = []
    for _ in range(resamples):
        drawn = [case for cell in cells.values() for case in chance.choices(cell, k=len(cell))]
        try:
            found.append(figure(drawn))
        except ZeroDivisionError:
            continue
    if not found:
        raise ZeroDivisionError("the figure is defined on no resample")
    found.sort()
    return found[int(0.025 * len(found))], found[int(0.975 * (len(found) - 1))]

"""Coefficients of agreement for nominal judgements, several judges and missing answers.

A *unit* is what was judged: who said what, by judge. Judges who said nothing of it are not in it. Most
units are alike, so that they are counted once (``tally``) and all coefficients work on the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations

Unit = Mapping[str, Hashable]
#: How often each unit occurs, as its judges and what they said, in order of name.
Tally = Counter[tuple[tuple[str, Hashable], ...]]


def tally(units: Iterable[Unit]) -> Tally:
    """The units, counted."""
    return Counter(tuple(sorted(unit.items(), key=lambda item: item[0])) for unit in units)


def percent_agreement(units: Tally) -> float | None:
    """The share of pairs of judges who said the same; ``None`` where nobody shares a unit."""
    pairs = agreed = 0
    for unit, times in units.items():
        for (_, one), (_, other) in combinations(unit, 2):
            pairs += times
            agreed += times * (one == other)
    return agreed / pairs if pairs else None


def cohen_kappa(units: Tally, first: str, second: str) -> float | None:
    """Cohen's kappa of two judges over the units that both judged (Cohen, 1960).

    ``None`` where they share none, or where chance alone would make them agree on all of them.
    """
    both: Counter[tuple[Hashable, Hashable]] = Counter()
    for unit, times in units.items():
        said = dict(unit)
        if first in said and second in said:
            both[said[first], said[second]] += times
    total = both.total()
    if not total:
        return None
    ones: Counter[Hashable] = Counter()
    others: Counter[Hashable] = Counter()
    for (one, other), times in both.items():
        ones[one] += times
        others[other] += times
    observed = sum(times for (one, other), times in both.items() if one == other) / total
    expected = sum(ones[category] * others[category] for category in ones) / total**2
    return None if expected == 1.0 else (observed - expected) / (1.0 - expected)


def mean_kappa(units: Tally) -> float | None:
    """Cohen's kappa; of more than two judges the mean over pairs (Light, 1971), by the units that they
    share."""
    total = weight = 0.0
    for (first, second), shared in shared_units(units).items():
        kappa = cohen_kappa(units, first, second)
        if kappa is not None:
            total += kappa * shared
            weight += shared
    return total / weight if weight else None


def krippendorff_alpha(units: Tally) -> float | None:
    """Krippendorff's alpha for nominal data (Krippendorff, 2011, "Computing Krippendorff's
    Alpha-Reliability").

    Units of one judge say nothing and are left out. ``None`` where no unit has two judges, or where all
    of them said one and the same thing: then there is nothing that alpha could measure.
    """
    values: Counter[Hashable] = Counter()
    disagreed = 0.0
    for unit, times in units.items():
        judges = len(unit)
        if judges < 2:
            continue
        counts = Counter(said for _, said in unit)
        for category, n in counts.items():
            values[category] += n * times
            disagreed += times * n * (judges - n) / (judges - 1)
    total = values.total()
    expected = sum(n * (total - n) for n in values.values())
    return 1.0 - (total - 1) * disagreed / expected if expected else None


def shared_units(units: Tally) -> dict[tuple[str, str], int]:
    """How many units every two judges share, in order of name; pairs that share none are not in it."""
    shared: Counter[tuple[str, str]] = Counter()
    for unit, times in units.items():
        for (first, _), (second, _) in combinations(unit, 2):
            shared[first, second] += times
    return dict(sorted(shared.items()))

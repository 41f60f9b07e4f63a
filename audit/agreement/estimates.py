"""What a reviewed sample says of all calls: prevalence, precision, recall, lift over random listening.

A judged call counts ``1 / p`` with the probability ``p`` of its being drawn, which the design knows
exactly (Horvitz & Thompson, 1952). Drawn calls that nobody has judged yet are made up for by the judged
ones of their cell, as if chance had left them out (weighting-class adjustment, Oh & Scheuren, 1983).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from audit.agreement.intervals import FEWEST, Estimate, Weighted, bootstrap, share
from audit.store.agreement import CallJudgement, JudgedSample, LabelJudgement, RankedCall
from audit.types import LABELS

#: Numbers of calls at the top of the list that somebody may have time for.
DEPTHS = (10, 20, 50, 100, 200)
#: Rates of bad calls found are not told from fewer of them.
FEWEST_FOUND = 3
#: Cells with no more than this share of all calls may go unheard.
_NEGLIGIBLE = 0.02
_HOUR_MS = 3_600_000

Cell = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """A judged call: ``bad`` is what people found, ``weight`` how many calls it stands for."""

    call: RankedCall
    bad: bool
    weight: float

    @property
    def cell(self) -> Cell:
        return (self.call.quota_group, self.call.opinion)

    @property
    def hours(self) -> float:
        return self.call.duration_ms / _HOUR_MS


@dataclass(frozen=True, slots=True)
class Depth:
    """Listening to the ``top`` calls of the machine's list, worst first.

    ``found_per_hour`` are bad calls an hour of sound; ``lift`` is that over listening at random.
    """

    top: int
    judged: int
    precision: Estimate
    found_per_hour: Estimate
    lift: Estimate


@dataclass(frozen=True, slots=True)
class LabelEstimate:
    """Turns of a label: how many of the machine's flags are right, how many that apply it flags."""

    label: str
    precision: Estimate
    recall: Estimate


@dataclass(frozen=True, slots=True)
class SampleEstimates:
    """``judged`` of ``drawn`` calls of ``population``; ``uncovered`` are cells without a judged call."""

    sample_id: str
    specification: str
    population: int
    drawn: int
    judged: int
    uncovered: tuple[str, ...]
    prevalence: Estimate
    bad_calls: Estimate
    precision: Estimate
    recall: Estimate
    random_per_hour: Estimate
    depths: tuple[Depth, ...]
    labels: tuple[LabelEstimate, ...]


def sample_estimates(
    sample: JudgedSample, judgements: Sequence[CallJudgement], labels: Sequence[LabelJudgement]
) -> SampleEstimates:
    """All figures of one sample; each says itself where the judged calls are too few for it."""
    bad = decided({(j.call_id, j.reviewer): j.brush_off for j in judgements})
    judged = _weighted(sample, bad)
    uncovered = uncovered_cells(sample, {item.call.call_id for item in judged})
    everywhere = _unless(uncovered)
    cells = _cells(judged)
    prevalence = everywhere(
        share([_case(item, item.bad) for item in judged], cells, "judged calls")
    )
    at_random = everywhere(_per_hour(judged, judged))
    return SampleEstimates(
        sample_id=sample.sample_id,
        specification=sample.specification,
        population=sample.population,
        drawn=sum(call.probability is not None for call in sample.calls),
        judged=len(judged),
        uncovered=uncovered,
        prevalence=prevalence,
        bad_calls=_times(prevalence, sample.population),
        precision=share(
            [_case(item, item.bad) for item in judged if item.call.brush_off],
            cells,
            "judged calls that the machine takes for brush-offs",
        ),
        recall=everywhere(
            share(
                [_case(item, item.call.brush_off) for item in judged if item.bad],
                cells,
                "judged calls found to be brush-offs",
            )
        ),
        random_per_hour=at_random,
        depths=tuple(_depth(judged, top, at_random) for top in DEPTHS if top < len(sample.calls)),
        labels=_label_estimates(sample, labels),
    )


def decided(said: Mapping[tuple[str, str], bool | None]) -> dict[str, bool]:
    """What most reviewers found, by call; calls without a majority are not in it.

    ``said`` is by ``(call, reviewer)``, ``None`` where they could not tell.
    """
    votes: Counter[str] = Counter()
    for (call_id, _), applies in said.items():
        votes[call_id] += 0 if applies is None else 1 if applies else -1
    return {call_id: balance > 0 for call_id, balance in votes.items() if balance}


def uncovered_cells(sample: JudgedSample, judged: Set[str]) -> tuple[str, ...]:
    """What the judged calls cannot speak for: cells of which calls were drawn and none is judged, and
    opinions of which no call was drawn at all. Empty where these hold next to no calls."""
    drawn = {call.opinion for call in sample.calls if call.probability is not None}
    heard = {(c.quota_group, c.opinion) for c in sample.calls if c.call_id in judged}
    missing = [
        cell
        for cell in sample.cells
        if cell.opinion not in drawn
        or (cell.selected and (cell.quota_group, cell.opinion) not in heard)
    ]
    if sum(cell.population for cell in missing) <= _NEGLIGIBLE * sample.population:
        return ()
    return tuple(
        f"{cell.opinion} of {cell.quota_group}" if cell.quota_group else str(cell.opinion)
        for cell in missing
    )


def _weighted(sample: JudgedSample, bad: Mapping[str, bool]) -> list[JudgedCall]:
    drawn = [call for call in sample.calls if call.probability is not None]
    in_cell = Counter((call.quota_group, call.opinion) for call in drawn)
    judged = [call for call in drawn if call.call_id in bad]
    heard = Counter((call.quota_group, call.opinion) for call in judged)
    found = []
    for call in judged:
        cell = (call.quota_group, call.opinion)
        assert call.probability is not None
        weight = in_cell[cell] / heard[cell] / call.probability
        found.append(JudgedCall(call, bad[call.call_id], weight))
    return found


def _case(item: JudgedCall, outcome: bool) -> Weighted:
    return Weighted(item.call.call_id, item.weight, outcome)


def _cells(judged: Iterable[JudgedCall]) -> dict[str, Cell]:
    return {item.call.call_id: item.cell for item in judged}


def _unless(uncovered: Sequence[str]) -> Callable[[Estimate], Estimate]:
    """What is said of all calls is not known where a part of them was not listened to."""

    def checked(estimate: Estimate) -> Estimate:
        if not uncovered:
            return estimate
        why = f"not known: no call was judged of those that are {', '.join(uncovered)}"
        return Estimate(None, None, None, estimate.cases, why)

    return checked


def _times(estimate: Estimate, population: int) -> Estimate:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return estimate
    return Estimate(
        estimate.value * population,
        estimate.low * population,
        estimate.high * population,
        estimate.cases,
    )


def _depth(judged: Sequence[JudgedCall], top: int, at_random: Estimate) -> Depth:
    among = [item for item in judged if item.call.rank <= top]
    precision = share([_case(item, item.bad) for item in among], _cells(judged), "judged calls")
    per_hour = _per_hour(among, judged)
    lift = at_random if at_random.value is None else per_hour
    if per_hour.value is not None and at_random.value is not None:
        low, high = _bootstrapped(
            judged, lambda drawn: _rate([i for i in drawn if i.call.rank <= top]) / _rate(drawn)
        )
        lift = Estimate(per_hour.value / at_random.value, low, high, len(among))
    return Depth(top, len(among), precision, per_hour, lift)


def _per_hour(among: Sequence[JudgedCall], judged: Sequence[JudgedCall]) -> Estimate:
    """Bad calls an hour of sound of ``among``, which are some of the ``judged``."""
    found = sum(item.bad for item in among)
    if len(among) < FEWEST:
        return Estimate.too_few(len(among), "judged calls")
    if found < FEWEST_FOUND:
        return Estimate.too_few(found, "bad calls found", FEWEST_FOUND)
    chosen = {item.call.call_id for item in among}
    low, high = _bootstrapped(
        judged, lambda drawn: _rate([item for item in drawn if item.call.call_id in chosen])
    )
    return Estimate(_rate(among), low, high, len(among))


def _bootstrapped(
    judged: Sequence[JudgedCall], figure: Callable[[Sequence[JudgedCall]], float]
) -> tuple[float, float]:
    return bootstrap(judged, lambda item: item.cell, figure)


def _rate(items: Sequence[JudgedCall]) -> float:
    """Raises ``ZeroDivisionError`` where the calls have no length together."""
    hours = sum(item.weight * item.hours for item in items)
    return sum(item.weight * item.bad for item in items) / hours


def _label_estimates(
    sample: JudgedSample, labels: Sequence[LabelJudgement]
) -> tuple[LabelEstimate, ...]:
    blind = [judgement for judgement in labels if judgement.blind]
    read = _by_call(_weighted(sample, {judgement.call_id: True for judgement in blind}))
    judged = _by_call(_weighted(sample, {judgement.call_id: True for judgement in labels}))
    everywhere = _unless(uncovered_cells(sample, read.keys()))
    found = []
    for label in LABELS:
        flagged = [
            _case(judged[call_id], applies)
            for (call_id, _), (applies, machine) in _units(labels, label).items()
            if machine and call_id in judged
        ]
        real = [
            _case(read[call_id], machine)
            for (call_id, _), (applies, machine) in _units(blind, label).items()
            if applies and call_id in read
        ]
        found.append(
            LabelEstimate(
                label,
                share(flagged, _cells(judged.values()), "judged flags"),
                everywhere(share(real, _cells(read.values()), "turns with it in blind calls")),
            )
        )
    return tuple(found)


def _by_call(items: Sequence[JudgedCall]) -> dict[str, JudgedCall]:
    return {item.call.call_id: item for item in items}


def _units(
    labels: Sequence[LabelJudgement], label: str
) -> dict[tuple[str, int], tuple[bool, bool]]:
    """What most reviewers found of each turn, and whether the machine flagged it."""
    votes: Counter[tuple[str, int]] = Counter()
    machine: dict[tuple[str, int], bool] = {}
    for judgement in labels:
        if judgement.label == label:
            unit = (judgement.call_id, judgement.turn_index)
            votes[unit] += 1 if judgement.applies else -1
            machine[unit] = judgement.flagged
    return {unit: (balance > 0, machine[unit]) for unit, balance in votes.items() if balance}

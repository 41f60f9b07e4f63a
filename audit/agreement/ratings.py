"""How far reviewers agree with each other and with the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from audit.agreement.coefficients import (
    Tally,
    Unit,
    krippendorff_alpha,
    mean_kappa,
    percent_agreement,
    shared_units,
    tally,
)
from audit.agreement.intervals import Estimate, bootstrap
from audit.store.agreement import CallJudgement, LabelJudgement
from audit.types import LABELS

#: Names of what was judged beside the labels: the verdict on the call, and whether any label applies.
CALL_VERDICT, ANY_LABEL = "call", "any_label"
#: Coefficients of fewer calls that two judged are chance.
FEWEST_CALLS = 10
#: Enough for an interval of a coefficient.
_RESAMPLES = 300


@dataclass(frozen=True, slots=True)
class Judged:
    """A unit, the call it is of, and what the machine says of it."""

    call_id: str
    people: Mapping[str, bool]
    machine: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on one question over ``units`` of ``calls`` calls.

    ``positives`` is the share of yes among the judgements: with few of them, percent agreement is high
    whatever people say, and kappa and alpha move with every one.
    """

    units: int
    calls: int
    positives: float
    percent: Estimate
    kappa: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class QuestionAgreement:
    """``question`` is a label, ``any_label`` or ``call``; the sides are ``None`` where nobody judged.

    ``between``: two reviewers or more of the same. ``machine``: each reviewer's word and the machine's.
    """

    question: str
    between: Agreement | None
    machine: Agreement | None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two reviewers on one question."""

    question: str
    first: str
    second: str
    agreement: Agreement


def questions(
    labels: Sequence[LabelJudgement], calls: Sequence[CallJudgement]
) -> dict[str, list[Judged]]:
    """What was judged, by question: the call's verdict, any label, each label."""
    found = {CALL_VERDICT: _whole_calls(calls), ANY_LABEL: _turns(labels)}
    for label in LABELS:
        found[label] = _grouped(
            (j.call_id, j.turn_index, j.reviewer, j.applies, j.flagged)
            for j in labels
            if j.label == label
        )
    return found


def agreements(judged: Mapping[str, Sequence[Judged]]) -> tuple[QuestionAgreement, ...]:
    """Between reviewers, and of each reviewer's word with the machine's."""
    return tuple(
        QuestionAgreement(question, _between(units), _with_machine(units))
        for question, units in judged.items()
    )


def pair_agreements(judged: Mapping[str, Sequence[Judged]]) -> tuple[PairAgreement, ...]:
    """Every two reviewers who judged the same, on the call's verdict and on any label."""
    found = []
    for question in (CALL_VERDICT, ANY_LABEL):
        units = judged[question]
        for first, second in shared_units(tally(unit.people for unit in units)):
            shared = [
                (unit.call_id, {first: unit.people[first], second: unit.people[second]})
                for unit in units
                if first in unit.people and second in unit.people
            ]
            found.append(PairAgreement(question, first, second, _measured(shared)))
    return tuple(found)


def _between(units: Sequence[Judged]) -> Agreement | None:
    shared = [(unit.call_id, unit.people) for unit in units if len(unit.people) > 1]
    return _measured(shared) if shared else None


def _with_machine(units: Sequence[Judged]) -> Agreement | None:
    against = [
        (unit.call_id, {"person": applies, "machine": unit.machine})
        for unit in units
        for applies in unit.people.values()
    ]
    return _measured(against) if against else None


def _measured(units: Sequence[tuple[str, Unit]]) -> Agreement:
    said = [applies for _, unit in units for applies in unit.values()]
    by_call: dict[str, list[Unit]] = {}
    for call, unit in units:
        by_call.setdefault(call, []).append(unit)
    calls = [tally(own) for own in by_call.values()]
    return Agreement(
        units=len(units),
        calls=len(calls),
        positives=sum(map(bool, said)) / len(said),
        percent=_estimated(calls, percent_agreement),
        kappa=_estimated(calls, mean_kappa),
        alpha=_estimated(calls, krippendorff_alpha),
    )


def _estimated(calls: Sequence[Tally], figure: Callable[[Tally], float | None]) -> Estimate:
    """The figure, with its interval over resamples of whole calls."""
    if len(calls) < FEWEST_CALLS:
        return Estimate.too_few(len(calls), "calls", FEWEST_CALLS)
    value = figure(_together(calls))
    if value is None:
        return Estimate(None, None, None, len(calls), "all judgements are the same")

    def resampled(drawn: Sequence[Tally]) -> float:
        found = figure(_together(drawn))
        if found is None:
            raise ZeroDivisionError  # not defined on this resample
        return found

    low, high = bootstrap(calls, lambda call: None, resampled, _RESAMPLES)
    return Estimate(value, low, high, len(calls))


def _together(calls: Iterable[Tally]) -> Tally:
    whole: Tally = Tally()
    for call in calls:
        whole.update(call)
    return whole


def _whole_calls(calls: Sequence[CallJudgement]) -> list[Judged]:
    return _grouped(
        (call.call_id, 0, call.reviewer, call.brush_off, call.flagged)
        for call in calls
        if call.brush_off is not None
    )


def _turns(labels: Sequence[LabelJudgement]) -> list[Judged]:
    """Whether any label applies to a turn, of turns of which all seven were judged: only there is no
    known as well as yes."""
    said: dict[tuple[str, int, str], list[LabelJudgement]] = {}
    for judgement in labels:
        key = (judgement.call_id, judgement.turn_index, judgement.reviewer)
        said.setdefault(key, []).append(judgement)
    return _grouped(
        (call_id, turn, reviewer, any(j.applies for j in own), any(j.flagged for j in own))
        for (call_id, turn, reviewer), own in said.items()
        if len(own) == len(LABELS)
    )


def _grouped(rows: Iterable[tuple[str, int, str, bool, bool]]) -> list[Judged]:
    people: dict[tuple[str, int], dict[str, bool]] = {}
    machine: dict[tuple[str, int], bool] = {}
    for call_id, turn, reviewer, applies, flagged in rows:
        people.setdefault((call_id, turn), {})[reviewer] = applies
        machine[call_id, turn] = flagged
    return [Judged(call, said, machine[call, turn]) for (call, turn), said in people.items()]

"""Everything that `tasleek agreement` says, read from one database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from audit.agreement.estimates import SampleEstimates, sample_estimates
from audit.agreement.ratings import (
    PairAgreement,
    QuestionAgreement,
    agreements,
    pair_agreements,
    questions,
)
from audit.errors import UsageError
from audit.store.agreement import (
    CallJudgement,
    LabelJudgement,
    call_judgements,
    judged_sample,
    label_judgements,
)
from audit.store.database import open_database

J = TypeVar("J", LabelJudgement, CallJudgement)


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """``blind``: coefficients rest on what was said before the machine's opinion was shown, alone;
    where nothing was said so, they rest on all, and flatter the machine.

    ``estimates`` is ``None`` where no drawn sample was judged.
    """

    reviewers: tuple[str, ...]
    calls: int
    blind: bool
    agreements: tuple[QuestionAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    estimates: SampleEstimates | None


def agreement_report(database: Path) -> AgreementReport:
    """Raises ``StoreError``, and ``UsageError`` when nobody has judged anything."""
    with open_database(database) as connection:
        labels = label_judgements(connection)
        calls = call_judgements(connection)
        sample = judged_sample(connection)
    everything: list[LabelJudgement | CallJudgement] = [*labels, *calls]
    if not everything:
        raise UsageError(
            f"{database}: nobody has judged anything yet; start with `tasleek review --db {database} "
            "--sample random=30,flagged=20,double=0.5`"
        )
    blind = any(judgement.blind for judgement in everything)
    judged = questions(_independent(labels, blind), _independent(calls, blind))
    return AgreementReport(
        reviewers=tuple(sorted({judgement.reviewer for judgement in everything})),
        calls=len({judgement.call_id for judgement in everything}),
        blind=blind,
        agreements=agreements(judged),
        pairs=pair_agreements(judged),
        estimates=sample_estimates(sample, calls, labels) if sample else None,
    )


def _independent(judgements: Sequence[J], blind: bool) -> list[J]:
    return [judgement for judgement in judgements if judgement.blind or not blind]

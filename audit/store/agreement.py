"""What reviewers and the machine said of the same, as rows for coefficients and estimates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.store.queries import statement
from audit.store.reviews import SampleCell
from audit.types import LABELS

if TYPE_CHECKING:
    from audit.store.reviews import Connection


@dataclass(frozen=True, slots=True)
class LabelJudgement:
    """A reviewer's word on one label of one agent turn. ``flagged``: the machine gives the label now.

    ``blind``: it was said before the machine's opinion was shown, in a call that was read to its end.
    """

    call_id: str
    turn_index: int
    label: str
    reviewer: str
    applies: bool
    blind: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class CallJudgement:
    """A reviewer's word on a whole call; ``brush_off`` is ``None`` where they could not tell."""

    call_id: str
    reviewer: str
    brush_off: bool | None
    blind: bool
    flagged: bool


@dataclass(frozen=True, slots=True)
class RankedCall:
    """An audited call, ``rank`` from 1 by the machine's score. ``probability`` in ``(0, 1]`` is that of
    its being in the sample; ``None`` where it is not in it."""

    call_id: str
    rank: int
    brush_off: bool
    duration_ms: int
    probability: float | None
    opinion: str | None
    quota_group: str | None
    stratum: str | None


@dataclass(frozen=True, slots=True)
class JudgedSample:
    """A sample and the audited calls of today; ``population`` is how many it was drawn from."""

    sample_id: str
    specification: str
    population: int
    cells: tuple[SampleCell, ...]
    calls: tuple[RankedCall, ...]


def label_judgements(connection: Connection) -> tuple[LabelJudgement, ...]:
    """Every word on a label that is not out of date; see the statement for which one counts."""
    rows = connection.execute(statement("agreement_labels"), {"labels": list(LABELS)}).fetchall()
    return tuple(LabelJudgement(*row) for row in rows)


def call_judgements(connection: Connection) -> tuple[CallJudgement, ...]:
    """Every reviewer's word on every call that they finished."""
    rows = connection.execute(statement("agreement_calls")).fetchall()
    return tuple(CallJudgement(*row) for row in rows)


def judged_sample(connection: Connection) -> JudgedSample | None:
    """The newest sample of which anything was judged; ``None`` where there is none."""
    row = connection.execute(statement("newest_judged_sample")).fetchone()
    if row is None:
        return None
    told = {"sample_id": row[0]}
    cells = connection.execute(statement("review_cells"), told).fetchall()
    calls = connection.execute(statement("agreement_frame"), told).fetchall()
    return JudgedSample(
        row[0],
        row[1],
        int(row[2]),
        tuple(SampleCell(*cell) for cell in cells),
        tuple(RankedCall(*call) for call in calls),
    )

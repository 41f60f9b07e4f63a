"""`tasleek agreement`: how far people agree, and how far the machine can be trusted."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import DatabaseOption, JsonOption

if TYPE_CHECKING:
    from audit.agreement.estimates import SampleEstimates
    from audit.agreement.ratings import Agreement
    from audit.agreement.report import AgreementReport


class Breakdown(StrEnum):
    label = "label"
    reviewer = "reviewer"


def register(app: typer.Typer) -> None:
    app.command("agreement")(agreement)


def agreement(
    db: DatabaseOption = Path("tasleek.duckdb"),
    by: Annotated[
        Breakdown | None,
        typer.Option("--by", help="label: each label too; reviewer: every two reviewers too."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how far reviewers and the machine agree, and what the reviewed sample says of all calls."""
    from audit.agreement.report import agreement_report
    from audit.cli.format import json_text

    report = agreement_report(db)
    if as_json:
        print(json_text(asdict(report)))
        return
    _print_agreement(report, by)
    if report.estimates is None:
        print(
            "\nNo drawn sample was judged, so nothing can be said of all calls; draw one with "
            "`tasleek review --sample random=30,flagged=20,double=0.2`."
        )
    else:
        _print_estimates(report.estimates, by)


def _print_agreement(report: AgreementReport, by: Breakdown | None) -> None:
    from audit.agreement.ratings import ANY_LABEL, CALL_VERDICT
    from audit.cli.browse import print_table

    print(f"{report.calls} calls judged by {len(report.reviewers)} reviewers")
    if not report.blind:
        print("None was judged blind: whoever sees the machine's opinion tends to follow it.")
    rows: list[tuple[str, ...]] = []
    for question in report.agreements:
        if by is not Breakdown.label and question.question not in (CALL_VERDICT, ANY_LABEL):
            continue
        for who, found in (("reviewers", question.between), ("machine", question.machine)):
            if found is not None:
                rows.append((question.question, who, *_coefficients(found)))
    if by is Breakdown.reviewer:
        rows += [
            (pair.question, f"{pair.first} – {pair.second}", *_coefficients(pair.agreement))
            for pair in report.pairs
        ]
    if rows:
        head = ("what", "between", "judged", "calls", "yes", "agreement", "Cohen's kappa")
        print_table((*head, "Krippendorff's alpha"), rows)


def _coefficients(found: Agreement) -> tuple[str, ...]:
    return (
        str(found.units), str(found.calls), f"{found.positives:.0%}", str(found.percent),
        str(found.kappa), str(found.alpha),
    )  # fmt: skip


def _print_estimates(found: SampleEstimates, by: Breakdown | None) -> None:
    from audit.cli.browse import print_table

    print(
        f"\nOf all {found.population} calls, by sample {found.sample_id}: {found.judged} of "
        f"{found.drawn} drawn calls were decided by people"
    )
    print(f"  share of brush-offs       {found.prevalence}")
    print(f"  brush-offs in all         {found.bad_calls}")
    print(f"  machine right when it says brush-off (precision)  {found.precision}")
    print(f"  brush-offs that it finds (recall)                 {found.recall}")
    print(f"  brush-offs per hour of listening at random        {found.random_per_hour}")
    if found.depths:
        print_table(
            ("worst by score", "judged", "precision", "brush-offs per hour", "times random"),
            [
                (
                    str(depth.top), str(depth.judged), str(depth.precision),
                    str(depth.found_per_hour), str(depth.lift),
                )
                for depth in found.depths
            ],
        )  # fmt: skip
    if by is Breakdown.label:
        print_table(
            ("label", "flags that are right", "turns with it that are flagged"),
            [(label.label, str(label.precision), str(label.recall)) for label in found.labels],
        )

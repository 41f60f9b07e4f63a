"""An evaluation of turns or calls as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from audit.training.baselines import LeftOut
from audit.training.evaluate_calls import CallEvaluation
from audit.training.evaluate_turns import TurnEvaluation
from audit.types import RESOLUTIONS


def turns_markdown(evaluations: Sequence[TurnEvaluation]) -> str:
    """The classifiers side by side, then the details of the first."""
    lines = [
        f"{evaluations[0].turns} turns; 95 % intervals by bootstrap over groups.",
        "",
        "| classifier | ROC-AUC | brush-off F1 | precision | recall | macro-F1 of labels | ECE |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {e.classifier} | {e.auc} | {e.f1} | {e.precision:.2f} | {e.recall:.2f} | {e.macro_f1} "
        f"| {e.calibration_error:.3f} |"
        for e in evaluations
    ]
    return "\n".join([*lines, "", *_turn_details(evaluations[0])]) + "\n"


def calls_markdown(evaluations: Sequence[CallEvaluation]) -> str:
    lines = [
        f"{evaluations[0].calls} calls; 95 % intervals by bootstrap.",
        "",
        "| turns scored by | ROC-AUC | F1 | accuracy | resolution accuracy | score error | unsure |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {e.classifier} | {e.auc} | {e.f1} | {e.accuracy} | {e.resolution_accuracy} "
        f"| {e.score_error:.1f} | {e.unsure_share:.0%} |"
        for e in evaluations
    ]
    lines += ["", "| resolution | " + " | ".join(f"taken for {r}" for r in RESOLUTIONS) + " |"]
    lines.append("|---" * (1 + len(RESOLUTIONS)) + "|")
    for name, row in zip(RESOLUTIONS, evaluations[0].confusion, strict=True):
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + " |")
    return "\n".join(lines) + "\n"


def _turn_details(e: TurnEvaluation) -> list[str]:
    lines = [
        f"{e.classifier}: outside the unsure band lie {e.sure_share:.0%} of the turns, "
        f"of which {e.sure_accuracy:.1%} are decided right.",
        "",
        "| label | turns | precision | recall | F1 |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {x.label} | {x.turns} | {x.precision:.2f} | {x.recall:.2f} | {x.f1} |" for x in e.labels
    ]
    lines += ["", "| slice | turns | ROC-AUC | F1 |", "|---|---|---|---|"]
    lines += [f"| {x.name} | {x.turns} | {x.auc} | {x.f1} |" for x in e.slices]
    if e.noise:
        lines += ["", "| simulated word error rate | ROC-AUC | F1 |", "|---|---|---|"]
        lines += [f"| {x.word_error_rate:.0%} | {x.auc} | {x.f1} |" for x in e.noise]
    return lines


def left_out_markdown(kind: str, found: Sequence[LeftOut]) -> str:
    lines = [
        f"The n-gram part, trained without the {kind} it is measured on:",
        "",
        f"| {kind} left out | turns | ROC-AUC |",
        "|---|---|---|",
    ]
    return "\n".join(lines + [f"| {x.name} | {x.turns} | {x.auc} |" for x in found]) + "\n"

"""The card of a model that learned from reviews, and its comparison as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from audit.training.compare_models import ComparedFigure, Comparison
from audit.training.reviewed import ReviewedCall, Reviews
from audit.training.shift import ALLOWED_LOSS
from audit.types import LABELS

_FRONT = """\
---
language: ar
license: apache-2.0
base_model: {base}
pipeline_tag: text-classification
---
# {name}

{base}, corrected by people's reviews of real calls on {day}. The encoder is that of {base}; its linear
heads, n-gram weights, calibration and call verdict carry a correction each. Thresholds are those of
{base}, on probabilities that are now calibrated on reviewed calls, too.

Everything else, how it is meant to be used and where it fails stands in the card of {base}.

## How it learned
Logistic regression on the calibrated log-odds of {base} with {base} as the prior: without reviews
nothing changes. How far a correction may go (its strength, in log-odds; 0 is no correction) is the
least that predicts calls it had not seen about as well as the best. Where that would lose on the
corpus' calibration split, a part (its dose) was taken. What people did not judge is taken for unknown.
The weights hold no text: n-grams are hashed.

"""


def review_card(
    name: str, base: str, reviews: Reviews, comparison: Comparison, steps: Sequence[str]
) -> str:
    """The card as Markdown: data, corrections, before and after."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    lines = [_FRONT.format(name=name, base=base, day=day)]
    lines += [f"- {step}\n" for step in steps]
    lines += ["\n## Reviews\n", *_data(reviews), "\n## Before and after\n"]
    lines += [comparison_markdown(comparison)]
    return "".join(lines)


def comparison_markdown(comparison: Comparison) -> str:
    """Both models side by side, and what follows."""
    lines = [
        f"| figure | on | cases | {comparison.old} | {comparison.new} | change (95 %) |\n",
        "|---|---|---|---|---|---|\n",
    ]
    lines += [_row(figure, "corpus, test split") for figure in comparison.corpus]
    lines += [_row(figure, "held-out reviews") for figure in comparison.reviews]
    if comparison.recommended:
        lines.append(
            "\nRecommended: nothing is lost on the corpus, and held-out reviews are predicted"
        )
        lines.append(" better.\n")
    else:
        lines.append("\n**Not recommended:**\n")
        lines += [f"- {objection}\n" for objection in comparison.objections]
    lines += [f"\nMind: {caution}.\n" for caution in comparison.cautions]
    lines.append(
        f"\nThe corpus' test split decides over every new version (at most {ALLOWED_LOSS} may be lost), "
        "so its figures lean to the good side.\n"
    )
    return "".join(lines)


def _row(figure: ComparedFigure, place: str) -> str:
    change = figure.change
    return (
        f"| {figure.name} | {place} | {figure.cases} | {figure.old:.3f} | {figure.new:.3f} "
        f"| {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f}) |\n"
    )


def _data(reviews: Reviews) -> list[str]:
    lines = [
        "| | calls | of them brush-offs | proper | turns judged | of them brush-offs | proper |\n",
        "|---|---|---|---|---|---|---|\n",
        _counts("learned from", reviews.learned),
        _counts("held out", reviews.held_out),
        "\n| label | turns with it, learned from | held out |\n|---|---|---|\n",
    ]
    for place, label in enumerate(LABELS):
        found = [
            sum(turn.labels[place] is True for call in part for turn in call.judged)
            for part in (reviews.learned, reviews.held_out)
        ]
        lines.append(f"| {label} | {found[0]} | {found[1]} |\n")
    return lines


def _counts(name: str, calls: Sequence[ReviewedCall]) -> str:
    turns = [turn for call in calls for turn in call.judged]
    return (
        f"| {name} | {len(calls)} | {sum(c.brush_off is True for c in calls)} "
        f"| {sum(c.brush_off is False for c in calls)} | {len(turns)} "
        f"| {sum(t.brush_off is True for t in turns)} | {sum(t.brush_off is False for t in turns)} |\n"
    )

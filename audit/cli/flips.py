"""`tasleek evaluate flips`: whether verdicts hang on who speaks, and how."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import ConfigOption

if TYPE_CHECKING:
    from audit.training.evaluate_flips import FlipEvaluation


def register(group: typer.Typer) -> None:
    """Add the command to the group `evaluate`."""
    group.command("flips")(flips)


def flips(
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", help="Folder with turns.jsonl and calls.jsonl (default: the project's)."
        ),
    ] = None,
    classifier: Annotated[
        str | None,
        typer.Option("--classifier", help="A classifier (default: the one that is in use)."),
    ] = None,
    split: Annotated[
        str, typer.Option("--split", help="train, calibration, test or all.")
    ] = "test",
    swaps: Annotated[
        Path | None,
        typer.Option("--swaps", help="TOML file such as data/lexicons/swaps.toml (default: that)."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="At most so many turns and calls (0: all).")
    ] = 300,
    json_out: Annotated[
        Path | None, typer.Option("--json-out", help="Write all figures to this JSON file, too.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Swap names, gender, dialect words and vendors, and count verdicts that change; prints Markdown."""
    from audit.cli.training import read_corpus
    from audit.config import load_config
    from audit.language.classifier import load_classifier
    from audit.training.evaluate_flips import evaluate_flips
    from audit.training.swaps import read_swaps

    table = read_swaps(swaps)
    data = read_corpus(corpus)
    found = evaluate_flips(
        load_classifier(classifier or load_config(config).scoring.classifier),
        [turn for turn in data.turns if split in (turn.origin.split, "all")],
        [call for call in data.calls if split in (call.origin.split, "all")],
        table,
        limit,
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(flips_markdown(found))
    if json_out:
        text = json.dumps(found.as_dict(), ensure_ascii=False, indent=1)
        json_out.write_text(text + "\n", encoding="utf-8")


def flips_markdown(found: FlipEvaluation) -> str:
    """The figures as tables: by kind, then by target, then the largest changes."""
    from audit.training.evaluate_flips import EVERYTHING

    head = (
        "| of | swap | texts | swaps | verdict changes | labels or resolution change | mean change of "
        "probability | mean with sign | largest |\n|---|---|---|---|---|---|---|---|---|"
    )
    lines = [
        f"{found.classifier} on {found.turns} turns and {found.calls} calls; 95 % intervals by "
        "bootstrap over texts.",
        "",
    ]
    for whole in (True, False):
        lines.append(head)
        lines += [
            f"| {f.unit} | {f.kind}{'' if whole else f', {f.target}'} | {f.texts} | {f.swaps} "
            f"| {f.flips} | {f.label_flips} | {f.mean_change} | {f.drift} | {f.largest:.2f} |"
            for f in found.figures
            if (f.target == EVERYTHING) == whole
        ]
        lines.append("")
    lines += ["| largest changes | swap | before | after |", "|---|---|---|---|"]
    lines += [
        f"| {item.id} | {item.kind}, {item.target} | {item.probability[0]:.2f} "
        f"| {item.probability[1]:.2f} |"
        for item in found.worst
    ]
    return "\n".join(lines) + "\n"

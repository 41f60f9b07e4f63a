"""`tasleek score`: turns and calls given as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.cli.json_lines import JsonLines, write_json_lines
from audit.cli.options import ConfigOption

if TYPE_CHECKING:
    from audit.language.classifier import TurnClassifier
    from audit.language.jsonl import TurnLine

#: Turns that are scored together: enough to fill the classifier's batches.
_TURNS_AT_ONCE = 256


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Score transcripts given as JSONL.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("turns")(turns)
    group.command("calls")(calls)
    app.add_typer(group, name="score")


InputArgument = Annotated[Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line.")]
OutOption = Annotated[Path, typer.Option("--out", help="JSONL file to write.")]


def turns(source: InputArgument, out: OutOption, config: ConfigOption = None) -> None:
    """Score agent turns: {"id", "context", "text"} a line."""
    from audit.config import load_config
    from audit.language.classifier import load_classifier
    from audit.language.jsonl import parse_turn

    lines = JsonLines(source, out, parse_turn)
    classifier = load_classifier(load_config(config).scoring.classifier)
    write_json_lines(out, _scored(lines, classifier))
    lines.finish(f"scored by {classifier.name}")


def _scored(lines: Iterable[TurnLine], classifier: TurnClassifier) -> Iterator[dict[str, Any]]:
    from audit.language.jsonl import turn_result

    rest = iter(lines)
    while batch := list(islice(rest, _TURNS_AT_ONCE)):
        scores = classifier.score([item.turn for item in batch], evidence=False)
        yield from map(turn_result, batch, scores)


def calls(source: InputArgument, out: OutOption, config: ConfigOption = None) -> None:
    """Score whole calls: {"id", "turns": [{"speaker", "text"}]} a line."""
    from audit.config import load_config
    from audit.language.classifier import load_classifier
    from audit.language.jsonl import call_result, parse_call

    lines = JsonLines(source, out, parse_call)
    classifier = load_classifier(load_config(config).scoring.classifier)
    write_json_lines(out, (call_result(call, classifier) for call in lines))
    lines.finish(f"scored by {classifier.name}")

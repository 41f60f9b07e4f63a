"""`tasleek score`: turns and calls given as text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.options import ConfigOption
from audit.errors import UsageError


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
    from audit.language.jsonl import parse_turn, turn_result

    classifier = load_classifier(load_config(config).scoring.classifier)
    lines = _Lines(source, parse_turn)
    with out.open("w", encoding="utf-8") as file:
        for batch in _batches(lines, 256):
            scores = classifier.score([item.turn for item in batch], evidence=False)
            for item, score in zip(batch, scores, strict=True):
                file.write(json.dumps(turn_result(item, score), ensure_ascii=False) + "\n")
    lines.finish(out, classifier.name)


def calls(source: InputArgument, out: OutOption, config: ConfigOption = None) -> None:
    """Score whole calls: {"id", "turns": [{"speaker", "text"}]} a line."""
    from audit.config import load_config
    from audit.language.classifier import load_classifier
    from audit.language.jsonl import call_result, parse_call

    classifier = load_classifier(load_config(config).scoring.classifier)
    lines = _Lines(source, parse_call)
    with out.open("w", encoding="utf-8") as file:
        for call in lines:
            file.write(json.dumps(call_result(call, classifier), ensure_ascii=False) + "\n")
    lines.finish(out, classifier.name)


class _Lines:
    """The good lines of a JSONL file; bad ones are told on stderr with their number."""

    def __init__(self, source: Path, parse: Callable[[dict[str, Any]], Any]) -> None:
        if not source.is_file():
            raise UsageError(f"{source}: no such file; give a JSONL file")
        self._source = source
        self._parse = parse
        self._good = self._bad = 0

    def __iter__(self) -> Iterator[Any]:
        with self._source.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    value = self._parse(json.loads(line.decode("utf-8-sig")))
                except (ValueError, RecursionError) as error:
                    self._bad += 1
                    print(f"{self._source} line {number}: {error}", file=sys.stderr)
                    continue
                self._good += 1
                yield value

    def finish(self, out: Path, classifier: str) -> None:
        print(
            f"{self._good} scored by {classifier}, {self._bad} bad lines · {out}", file=sys.stderr
        )
        if self._bad:
            raise typer.Exit(1)


def _batches(items: Any, size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

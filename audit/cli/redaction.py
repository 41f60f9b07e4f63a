"""`tasleek redact`: texts given as JSONL, and the personal data in them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.json_lines import JsonLines, write_json_lines


def register(app: typer.Typer) -> None:
    app.command("redact")(redact)


def redact(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line.")],
    out: Annotated[Path, typer.Option("--out", help="JSONL file to write.")],
) -> None:
    """Replace personal data in texts: {"id", "text"} a line."""
    lines = JsonLines(source, out, _redacted)
    write_json_lines(out, iter(lines))
    lines.finish("redacted")


def _redacted(value: Any) -> dict[str, Any]:
    from audit.language.redaction import redact as redact_text

    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    for name in ("id", "text"):
        if name not in value:
            raise ValueError(f'"{name}" is missing')
    if not isinstance(value["text"], str):
        raise ValueError('"text" must be text')
    redacted = redact_text(value["text"])
    entities = [
        {"type": e.type, "start": e.start, "end": e.end, "text": e.text} for e in redacted.entities
    ]
    return {"id": value["id"], "text": redacted.text, "entities": entities}

"""`tasleek redact`: texts given as JSONL, and the personal data in them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.errors import UsageError


def register(app: typer.Typer) -> None:
    app.command("redact")(redact)


def redact(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help="One JSON object a line.")],
    out: Annotated[Path, typer.Option("--out", help="JSONL file to write.")],
) -> None:
    """Replace personal data in texts: {"id", "text"} a line."""
    if not source.is_file():
        raise UsageError(f"{source}: no such file; give a JSONL file")
    if out.resolve() == source.resolve():
        raise UsageError(f"{out}: is the input itself; give another file to --out")
    good = bad = 0
    try:
        with source.open("rb") as lines, out.open("w", encoding="utf-8") as file:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    result = _redacted_line(line)
                except (ValueError, RecursionError) as error:
                    bad += 1
                    print(f"{source} line {number}: {_reason(error)}", file=sys.stderr)
                    continue
                good += 1
                file.write(result + "\n")
    except OSError as error:
        raise UsageError(f"{error.filename or out}: {error.strerror}; check the path") from error
    print(f"{good} redacted, {bad} bad lines · {out}", file=sys.stderr)
    if bad:
        raise typer.Exit(1)


def _redacted_line(line: bytes) -> str:
    from audit.language.redaction import redact as redact_text

    value: Any = json.loads(line.decode("utf-8-sig"))
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
    result = json.dumps(
        {"id": value["id"], "text": redacted.text, "entities": entities}, ensure_ascii=False
    )
    result.encode("utf-8")  # a lone surrogate («\\ud800») cannot be written
    return result


def _reason(error: Exception) -> str:
    """The reason without any of the text, which may be personal."""
    if isinstance(error, UnicodeEncodeError):
        return "holds half a character (a lone surrogate)"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)

"""Reading JSONL that somebody else wrote: good lines are used, bad ones are told by number."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import typer

from audit.errors import UsageError

T = TypeVar("T")


class JsonLines(Generic[T]):
    """The parsed lines of a file; iterate once, then ``finish``.

    ``parse`` raises ``ValueError`` for a line that it cannot use. Raises ``UsageError`` when the file is
    missing or would be overwritten by ``out``.
    """

    def __init__(self, source: Path, out: Path, parse: Callable[[Any], T]) -> None:
        if not source.is_file():
            raise UsageError(f"{source}: no such file; give a JSONL file")
        if out.resolve() == source.resolve():
            raise UsageError(f"{out}: is the input itself; give another file to --out")
        self._source = source
        self._out = out
        self._parse = parse
        self._good = self._bad = 0

    def __iter__(self) -> Iterator[T]:
        with self._source.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    value = self._parse(_loaded(line))
                except (ValueError, RecursionError) as error:
                    self._bad += 1
                    print(f"{self._source} line {number}: {_reason(error)}", file=sys.stderr)
                    continue
                self._good += 1
                yield value

    def finish(self, done: str) -> None:
        """Say what was ``done`` on stderr; exit code 1 where there were bad lines."""
        print(f"{self._good} {done}, {self._bad} bad lines · {self._out}", file=sys.stderr)
        if self._bad:
            raise typer.Exit(1)


def write_json_lines(out: Path, values: Iterator[Any]) -> None:
    """Write ``values`` as JSONL. Raises ``UsageError`` when ``out`` cannot be written."""
    try:
        with out.open("w", encoding="utf-8") as file:
            for value in values:
                file.write(json.dumps(value, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"{error.filename or out}: {error.strerror}; check the path") from error


def _loaded(line: bytes) -> Any:
    value = json.loads(line.decode("utf-8-sig"))
    if b"\\ud" in line.lower():
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a character cannot be written
    return value


def _reason(error: Exception) -> str:
    """The reason without any of the text, which may be personal."""
    if isinstance(error, UnicodeEncodeError):
        return "holds half a character (a lone surrogate)"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)

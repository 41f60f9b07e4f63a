"""JSON from outside, with a bound on its size and every way of being wrong told as one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def read_json(path: Path, most_bytes: int) -> Any:
    """The value in the UTF-8 file ``path``. Raises ``ValueError`` for what is no JSON, nested too
    deeply, or larger than ``most_bytes``; ``OSError`` where it cannot be read."""
    with path.open("rb") as file:
        # Not more than there is: read(n) sets n bytes of memory aside before it looks.
        size = os.fstat(file.fileno()).st_size
        content = file.read(min(size, most_bytes) + 1)
    if len(content) > most_bytes:
        raise ValueError(f"larger than {most_bytes >> 20} MB")
    return parse_json(content.decode("utf-8-sig"))


def parse_json(text: str) -> Any:
    """The value of ``text``. Raises ``ValueError`` for whatever is wrong with it."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error

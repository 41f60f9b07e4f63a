"""Recordings that are not files: URLs (``s3://bucket/a.wav``) carried as paths.

``Path`` folds the two slashes into one; no stored path is relative, so the two are told apart.
"""

from __future__ import annotations

import re
from pathlib import Path

_URL = re.compile(r"([a-z][a-z0-9+.-]+)://.+", re.DOTALL)
_FOLDED = re.compile(r"([a-z][a-z0-9+.-]+):/([^/].*)", re.DOTALL)


def is_url(text: str) -> bool:
    """Whether ``text`` names a place by scheme, as fsspec does."""
    return _URL.fullmatch(text) is not None


def url_of(path: Path) -> str | None:
    """The URL that ``path`` stands for; ``None`` where it is a file's path."""
    found = _FOLDED.fullmatch(str(path))
    return f"{found[1]}://{found[2]}" if found else None

"""`tasleek evaluate flips`: whether verdicts hang on who speaks, and how."""

from __future__ import annotations


def register(group: object) -> None: ...

"""`tasleek models` and `tasleek doctor`: what is installed, what is missing, how to fix it."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    pass

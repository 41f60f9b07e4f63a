"""Where the files that travel with the package lie: lexicons, models, report definitions."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(name: str) -> Path:
    """The file or folder ``name`` (``"models/manifest.toml"``), in an install as in a checkout.

    A wheel carries the top-level folders under ``audit/_resources``; a checkout has them beside the
    package. Raises ``FileNotFoundError`` when neither has it, which means a broken installation.
    """
    for root in (_PACKAGE / "_resources", _PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is missing from this installation of tasleek; install it again"
    )

"""The typeface of reports: IBM Plex Sans Arabic, which an installed package carries (OFL 1.1)."""

from __future__ import annotations

import logging
from base64 import b64encode
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

_log = logging.getLogger(__name__)

FAMILY = "IBM Plex Sans Arabic"
PACKAGE = "fontpkg_ibm_plex_sans_arabic"
#: The weights in use, by their number in CSS.
WEIGHTS = {400: "Regular", 600: "SemiBold"}
#: Latin, Arabic, punctuation, currency, arrows and the minus sign: what calls and names are written in.
_RANGES = (
    (0x20, 0x24F), (0x600, 0x6FF), (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2190, 0x2193),
    (0x2212, 0x2212),
)  # fmt: skip


def font_files() -> dict[int, Path]:
    """The files of the weights, by weight; empty, with a warning, where the package is missing."""
    spec = find_spec(PACKAGE)
    folder = Path(spec.origin).parent / "files" if spec and spec.origin else None
    files = {
        weight: folder / f"IBMPlexSansArabic-{name}.ttf"
        for weight, name in WEIGHTS.items()
        if folder is not None
    }
    missing = sorted(str(file) for file in files.values() if not file.is_file())
    if not files or missing:
        _log.warning(
            "the typeface %s is missing (%s): the report takes a typeface of the system; "
            "`pip install %s` brings it",
            FAMILY, missing[0] if missing else f"no package {PACKAGE}", PACKAGE.replace("_", "-"),
        )  # fmt: skip
        return {}
    return files


def font_folder() -> Path | None:
    """The folder of the files; ``None``, with a warning, where the package is missing."""
    files = font_files()
    return next(iter(files.values())).parent if files else None


def web_fonts() -> dict[int, str]:
    """The weights as WOFF2 in base64, with the characters that calls and names are written in."""
    return {
        weight: b64encode(_woff2(file)).decode("ascii") for weight, file in font_files().items()
    }


@cache
def _woff2(file: Path) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    # To embed a font in a document is free under the OFL (its FAQ 1.15); hints are for old screens.
    options = subset.Options(layout_features=["*"], hinting=False, drop_tables=["meta", "DSIG"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in _RANGES for code in range(low, high + 1)])
    with TTFont(file) as font:
        subsetter.subset(font)
        font.flavor = "woff2"
        out = BytesIO()
        font.save(out)
    return out.getvalue()

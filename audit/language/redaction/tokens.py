"""Words, numbers and signs of a text with their places in it.

Each token is folded by itself (``audit.language.normalization``), so that a token's offsets are those
of the original text whatever folding takes away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from audit.language.normalization import normalize
from audit.language.redaction.entities import PLACEHOLDERS

Kind = Literal["word", "digits", "sign", "placeholder"]

#: Diacritics, tatweel, zero-width and bidi controls.
_MARK = (
    r"\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640"
    r"\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"
)
_TOKEN = re.compile(
    rf"(?P<placeholder>{'|'.join(re.escape(text) for text in PLACEHOLDERS.values())})"
    r"|(?P<digits>\d+)"
    rf"|(?P<word>[^\W\d_](?:[{_MARK}]*[^\W\d_])*)"
    rf"|(?P<sign>[^\s{_MARK}])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is ``original[start:end]``; ``folded`` its normalized form, for a sign the sign."""

    kind: Kind
    start: int
    end: int
    text: str
    folded: str


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of ``text`` in order. White space, diacritics and bidi controls are between them."""
    return tuple(_tokens(text))


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        said = match.group()
        tokens.append(Token(kind, match.start(), match.end(), said, _folded(kind, said)))
    return tokens


@lru_cache(maxsize=50_000)
def _folded(kind: Kind, text: str) -> str:
    return text if kind == "sign" else normalize(text).replace(" ", "")

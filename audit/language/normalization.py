"""Arabic text in one spelling, for matching and for word error rates.

What varies between writers and recognizers without changing the word is folded: diacritics (tashkeel),
tatweel, the forms of alef, alef maqsura and yaa, taa marbuta and haa, hamza carriers, Arabic-Indic and
Persian digits, elongations, bidi controls. Source of the folding: the usual orthographic normalization
of Arabic retrieval (Larkey, Ballesteros & Connell, SIGIR 2002), without their stemming.
"""

from __future__ import annotations

import re
import unicodedata

_FOLDED = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه",
        "گ": "ق", "چ": "ج", "پ": "ب", "ڤ": "ف", "ک": "ك", "ی": "ي", "ھ": "ه", "ـ": None,
    }
)  # fmt: skip
_MARKS = re.compile(
    r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"  # diacritics
    r"\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # zero-width and bidi controls
)
_NOT_WORD = re.compile(r"(?:[^\w%]|_)+")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")


def normalize(text: str) -> str:
    """``text`` in the folded spelling: words and numbers with single spaces, no punctuation.

    Idempotent. Latin letters become lower case; digits become ASCII.
    """
    text = unicodedata.normalize("NFKC", text)
    text = _MARKS.sub("", text).translate(_FOLDED).lower()
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    text = _ELONGATED.sub(r"\1", text)
    return _NOT_WORD.sub(" ", text).strip()


def normalized_words(text: str) -> tuple[str, ...]:
    """The words of ``normalize(text)``."""
    return tuple(normalize(text).split())

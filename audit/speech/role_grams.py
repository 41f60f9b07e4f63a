"""How much the words of a speaker sound like an agent's, from a table of log-odds.

Naive Bayes over words and the four-letter pieces inside them: pieces survive a recognizer that hears
half of a word. The table, ``data/lexicons/role_grams.tsv``, is fitted on the project's written corpus by
``tasleek train roles``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from audit.resources import resource_path
from audit.speech.cues import fold

LEXICON = "data/lexicons/role_grams.tsv"
_PIECE = 4


def grams(text: str) -> Iterator[str]:
    """The folded words of ``text``, each between spaces, and their pieces of four letters."""
    for word in text.split():
        if folded := fold(word):
            spaced = f" {folded} "
            yield spaced
            yield from (spaced[i : i + _PIECE] for i in range(len(spaced) - _PIECE + 1))


def agent_log_odds(texts: Iterable[str]) -> float:
    """Sum of log-odds that an agent rather than a caller says ``texts``; 0 for unknown words.

    Words are not independent, so the sum is far surer than it should be: weigh it down.
    """
    table = _table()
    return sum(table.get(gram, 0.0) for text in texts for gram in grams(text))


@functools.lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    lines = resource_path(LEXICON).read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {gram.replace("_", " "): float(log_odds) for gram, log_odds in rows}

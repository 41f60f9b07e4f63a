"""The word lists of redaction, ``data/lexicons/redaction_words.tsv``."""

from __future__ import annotations

from functools import cache

from audit.resources import resource_path


def word_list(name: str) -> frozenset[str]:
    """The words of the list ``name``, folded. Raises ``KeyError`` for a list that is not there."""
    return _lists()[name]


@cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    path = resource_path("data/lexicons/redaction_words.tsv")
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            name, words = line.split("\t")
            lists[name] = lists.get(name, frozenset()) | frozenset(words.split())
    return lists

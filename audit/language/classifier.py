"""The interface of turn classifiers, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from audit.errors import ConfigError
from audit.types import TurnInput, TurnScore


class TurnClassifier(Protocol):
    """Scores agent turns for brush-off and for each label of the taxonomy."""

    #: Name and version, stored with every run: ``"lexicon-1"``.
    name: str

    def score(self, turns: Sequence[TurnInput]) -> tuple[TurnScore, ...]:
        """One score a turn, in order."""

    def threshold(self, label: str) -> float:
        """What the score of ``label`` has to reach for a flag, in ``[0, 1]``."""


def load_classifier(name: str) -> TurnClassifier:
    """The classifier called ``name``. Raises ``ConfigError`` for an unknown one."""
    if name == "lexicon":
        from audit.language.lexicon import LexiconClassifier

        return LexiconClassifier.from_resources()
    raise ConfigError(f"unknown classifier {name!r}; known: lexicon")

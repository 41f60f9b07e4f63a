"""The interface of turn classifiers, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from audit.errors import ConfigError
from audit.resources import resource_path
from audit.types import TurnInput, TurnScore

#: The classifiers that the project ships, in ``models/``.
SHIPPED = ("brushoff-1",)


class TurnClassifier(Protocol):
    """Scores agent turns for brush-off and for each label of the taxonomy."""

    #: Name and version, stored with every run: ``"brushoff-1"``.
    name: str

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        """One score a turn, in order; ``evidence`` adds the words that weighed to flagged turns."""

    def threshold(self, label: str) -> float:
        """What the score of ``label`` has to reach for a flag, in ``[0, 1]``."""


def load_classifier(name: str) -> TurnClassifier:
    """The classifier called ``name``: ``lexicon``, one of ``SHIPPED``, ``hf:<folder or hub id>`` (a
    sequence-classification checkpoint with the labels' names), or the folder of a trained model.

    Raises ``ConfigError`` for an unknown name and ``ModelError`` for a model that cannot be loaded.
    """
    if name == "lexicon":
        from audit.language.lexicon import LexiconClassifier

        return LexiconClassifier.from_resources()
    if name.startswith("hf:") and len(name) > len("hf:"):
        from audit.language.sequence_classification import SequenceClassifier

        return SequenceClassifier(name.removeprefix("hf:"))
    if name in SHIPPED or Path(name).is_dir():
        from audit.language.transformer import TransformerClassifier

        return TransformerClassifier(
            resource_path(f"models/{name}") if name in SHIPPED else Path(name)
        )
    raise ConfigError(
        f"unknown classifier {name!r}; known: lexicon, {', '.join(SHIPPED)}, "
        "hf:<folder or hub id>, or the folder of a model made by `tasleek train turns`"
    )

"""The interface of turn classifiers, and the choice of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audit.chosen_model import SUMS, check_sums, models_dir
from audit.errors import ConfigError
from audit.resources import resource_path
from audit.types import TurnInput, TurnScore

if TYPE_CHECKING:
    from audit.language.verdict import CallModel

#: The classifiers that the project ships, in ``models/``.
SHIPPED = ("brushoff-3",)


class TurnClassifier(Protocol):
    """Scores agent turns for brush-off and for each label of the taxonomy."""

    #: Name and version, stored with every run: ``"brushoff-3"``.
    name: str

    @property
    def call_model(self) -> CallModel | None:
        """The model of calls that goes with its scores; ``None`` where the shipped one does."""

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
    if folder := model_folder(name):
        from audit.language.transformer import TransformerClassifier

        return TransformerClassifier(folder)
    raise ConfigError(
        f"unknown classifier {name!r}; known: lexicon, {', '.join(SHIPPED)}, "
        "hf:<folder or hub id>, or the folder of a model made by `tasleek train turns`"
    )


def model_folder(name: str) -> Path | None:
    """The folder of a shipped model, of one trained here (by name or path), or ``None``.

    Raises ``ModelError`` when the files of a trained one are not those that were written.
    """
    if name in SHIPPED:
        return resource_path(f"models/{name}")
    for folder in (Path(name), models_dir() / name):
        if name and folder.is_dir():
            if (folder / SUMS).is_file():
                check_sums(folder)
            return folder
    return None

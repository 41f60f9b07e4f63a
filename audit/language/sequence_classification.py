"""Any Hugging Face sequence-classification checkpoint whose labels carry the taxonomy's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audit.errors import ModelError
from audit.torchaudio_import import import_torchaudio
from audit.types import LABELS, POSITIVES, LabelScore, TurnInput, TurnScore

#: Such checkpoints come without a calibration of ours.
THRESHOLD = 0.5
UNSURE = (0.4, 0.6)
#: An output of this name is the brush-off itself; without one it is that any label applies.
BRUSH_OFF = "brush_off"
_BATCH = 32


class SequenceClassifier:
    """A multi-label checkpoint (one sigmoid an output). Satisfies ``TurnClassifier``.

    ``evidence`` is not given: checkpoints differ too much in what they make of cut turns.
    """

    call_model = None

    def __init__(self, source: str) -> None:
        """``source`` is a folder or a hub id. Raises ``ModelError`` if it cannot be loaded or none of
        its labels has a name of the taxonomy."""
        self.name = f"hf:{source}"
        self._tokenizer, self._model = _load(source)
        outputs: dict[int, str] = self._model.config.id2label
        self._places = {str(label): int(place) for place, label in outputs.items()}
        if not set(self._places) & set(LABELS):
            raise ModelError(
                f"{source}: its labels ({', '.join(self._places)}) are not those of the taxonomy; "
                f"set id2label to some of {', '.join(LABELS)}"
            )

    def threshold(self, label: str) -> float:
        return THRESHOLD

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        """One score a turn, in order."""
        found: list[TurnScore] = []
        for start in range(0, len(turns), _BATCH):
            found += [
                self._score(row) for row in self._probabilities(turns[start : start + _BATCH])
            ]
        return tuple(found)

    def _probabilities(self, turns: Sequence[TurnInput]) -> list[list[float]]:
        import torch

        batch = self._tokenizer(
            [turn.context for turn in turns],
            [turn.text for turn in turns],
            truncation="longest_first",
            max_length=min(256, self._tokenizer.model_max_length),
            padding=True,
            return_tensors="pt",
        )
        with torch.inference_mode():
            logits = self._model(**batch).logits
        return [[float(p) for p in row] for row in torch.sigmoid(logits).tolist()]

    def _score(self, row: Sequence[float]) -> TurnScore:
        labels = self._named(LABELS, row)
        positives = self._named(POSITIVES, row)
        highest = max(labels, key=lambda item: item.score)
        place = self._places.get(BRUSH_OFF)
        brush_off = highest.score if place is None else row[place]
        flagged: tuple[str, ...] = ()
        if brush_off >= THRESHOLD:
            over = tuple(item.label for item in labels if item.score >= THRESHOLD)
            flagged = over or (highest.label,)
        return TurnScore(
            brush_off=brush_off,
            labels=labels,
            flagged=flagged,
            unsure=UNSURE[0] <= brush_off < UNSURE[1],
            positives=tuple(item.label for item in positives if item.score >= THRESHOLD),
            positive_scores=positives,
        )

    def _named(self, names: Sequence[str], row: Sequence[float]) -> tuple[LabelScore, ...]:
        return tuple(
            LabelScore(name, row[self._places[name]] if name in self._places else 0.0)
            for name in names
        )


def _load(source: str) -> tuple[Any, Any]:
    import_torchaudio()
    try:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForSequenceClassification.from_pretrained(source)
    except (ImportError, OSError, ValueError) as error:
        raise ModelError(
            f"{source}: no sequence-classification checkpoint that can be loaded ({error}); "
            "name a folder that has one, or a hub id on a connected machine"
        ) from error
    return tokenizer, model.eval()

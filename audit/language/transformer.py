"""The trained turn classifier: fine-tuned encoder and n-grams, blended and calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError
from audit.language.calibration import Blend, read_calibration
from audit.language.encoder import TurnEncoder, read_config, read_weights
from audit.language.grams import GramModel, read_gram_model
from audit.language.occlusion import Occlusion, occlusions, weighty_words
from audit.language.turn_grams import TURN_GRAMS, turn_fields
from audit.language.turn_tokens import tokenize_turn
from audit.types import TurnInput, TurnScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENIZER = "tokenizer.json"


class TransformerClassifier:
    """Scores turns with the model in ``folder``. Satisfies ``TurnClassifier``; no torch is needed."""

    def __init__(self, folder: Path, threads: int = 0, cache: Path | None = None) -> None:
        """``threads`` 0 lets CTranslate2 choose. Raises ``ModelError`` when a part is missing."""
        self.name = str(read_config(folder).get("name", folder.name))
        self._calibration = read_calibration(folder)
        self._tokenizer = read_tokenizer(folder / TOKENIZER)
        weights = read_weights(folder)
        try:
            self._heads: NDArray[np.float32] = weights["heads.weight"].astype("float32")
            self._bias: NDArray[np.float32] = weights["heads.bias"].astype("float32")
        except KeyError as error:
            raise ModelError(f"{folder}: {error} is missing from its weights") from error
        self._encoder = TurnEncoder(folder, weights, threads, cache)
        self._grams: GramModel | None = None
        if any(share for _, share in self._calibration.blend):
            self._grams = read_gram_model(folder / TURN_GRAMS)

    def threshold(self, label: str) -> float:
        return self._calibration.labels[label].threshold

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        """One score a turn. ``evidence`` adds the words that weighed most to those flagged.

        The words are found by leaving each one out and scoring again (occlusion), so that a flagged
        turn costs as many scorings as it has words (at most ``occlusion.MAX_PIECES``).
        """
        scores = tuple(self._calibration.score(row) for row in self.logits(turns).tolist())
        return self._with_evidence(turns, scores) if evidence else scores

    def logits(self, turns: Sequence[TurnInput]) -> NDArray[np.float32]:
        """Blended logits ``(turns, 12)``: brush-off, labels, positives."""
        tokens = [tokenize_turn(self._tokenizer, turn) for turn in turns]
        encoder = self._encoder.pooled(tokens) @ self._heads.T + self._bias
        grams = self._grams.logits([turn_fields(turn) for turn in turns]) if self._grams else None
        return blended(self._calibration.blend, encoder, grams)

    def _with_evidence(
        self, turns: Sequence[TurnInput], scores: tuple[TurnScore, ...]
    ) -> tuple[TurnScore, ...]:
        flagged = [i for i, score in enumerate(scores) if score.flagged]
        cut: list[tuple[Occlusion, ...]] = [occlusions(turns[i].text) for i in flagged]
        inputs = [
            TurnInput(turns[i].context, piece.rest)
            for i, pieces in zip(flagged, cut, strict=True)
            for piece in pieces
        ]
        left = iter(self.logits(inputs)[:, 0].tolist())
        full = iter(self.logits([turns[i] for i in flagged])[:, 0].tolist())
        found = list(scores)
        for i, pieces in zip(flagged, cut, strict=True):
            whole = next(full)
            drops = [whole - next(left) for _ in pieces]
            found[i] = replace(scores[i], evidence=weighty_words(pieces, drops))
        return tuple(found)


def blended(
    blend: Blend, encoder: NDArray[np.float32], grams: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Both logits ``(turns, 12)`` weighted and added; without ``grams``, the encoder's part."""
    import numpy as np

    weights = np.array(blend, np.float32)
    whole = encoder * weights[:, 0]
    return whole if grams is None else whole + grams * weights[:, 1]


def read_tokenizer(path: Path) -> Any:
    """A ``tokenizers.Tokenizer`` without truncation or padding. Raises ``ModelError``."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{path}: no usable tokenizer ({error}); install tasleek again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer

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
from audit.language.verdict import read_call_model
from audit.types import TurnInput, TurnScore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKENIZER, CALLS = "tokenizer.json", "calls.json"
#: Pieces of a flagged turn whose absence is tried with the encoder, which takes nearly all the time.
CHECKED = 6


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
        self.call_model = read_call_model(folder / CALLS) if (folder / CALLS).is_file() else None
        self._encoder = TurnEncoder(folder, weights, threads, cache)
        self._grams: GramModel | None = None
        if any(share for _, share in self._calibration.blend):
            self._grams = read_gram_model(folder / TURN_GRAMS)

    def threshold(self, label: str) -> float:
        return self._calibration.labels[label].threshold

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        """One score a turn. ``evidence`` adds the words that weighed most to those flagged.

        The words are found by leaving them out and scoring again (occlusion); of a flagged turn, the
        ``CHECKED`` pieces are tried that the n-grams hold for the heaviest.
        """
        logits = self.logits(turns)
        scores = tuple(self._calibration.score(row) for row in logits.tolist())
        return self._with_evidence(turns, scores, logits[:, 0].tolist()) if evidence else scores

    def logits(self, turns: Sequence[TurnInput]) -> NDArray[np.float32]:
        """Blended logits ``(turns, 12)``: brush-off, labels, positives."""
        tokens = [tokenize_turn(self._tokenizer, turn) for turn in turns]
        encoder = self._encoder.pooled(tokens) @ self._heads.T + self._bias
        grams = self._grams.logits([turn_fields(turn) for turn in turns]) if self._grams else None
        return blended(self._calibration.blend, encoder, grams)

    def _with_evidence(
        self, turns: Sequence[TurnInput], scores: tuple[TurnScore, ...], whole: Sequence[float]
    ) -> tuple[TurnScore, ...]:
        flagged = [i for i, score in enumerate(scores) if score.flagged]
        cut = {i: occlusions(turns[i].text) for i in flagged}
        tried = {i: self._heaviest(turns[i].context, cut[i]) for i in flagged}
        inputs = [TurnInput(turns[i].context, cut[i][at].rest) for i in flagged for at in tried[i]]
        left = iter(self.logits(inputs)[:, 0].tolist())
        found = list(scores)
        for i in flagged:
            drops = [0.0] * len(cut[i])
            for at in tried[i]:
                drops[at] = whole[i] - next(left)
            found[i] = replace(scores[i], evidence=weighty_words(cut[i], drops))
        return tuple(found)

    def _heaviest(self, context: str, pieces: Sequence[Occlusion]) -> list[int]:
        """Places of the pieces worth trying, in order: those without which the n-grams fall most."""
        if self._grams is None or len(pieces) <= CHECKED:
            return list(range(len(pieces)))
        fields = [turn_fields(TurnInput(context, piece.rest)) for piece in pieces]
        left = self._grams.logits(fields)[:, 0]
        return sorted(int(at) for at in left.argsort()[:CHECKED])


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

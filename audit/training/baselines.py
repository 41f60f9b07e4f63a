"""What a trained classifier has to beat: character n-grams, and the encoder without fine-tuning.

Both give brush-off and labels by logistic regression; thresholds are fitted as for the shipped model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.language.calibration import Calibration
from audit.language.classifier import TurnClassifier
from audit.language.normalization import normalize
from audit.language.turn_grams import turn_fields
from audit.training.build_turn_model import base_folder
from audit.training.corpus import AnnotatedTurn, Corpus
from audit.training.metrics import Figure, bootstrapped, roc_auc
from audit.training.operating_points import fit_calibration
from audit.training.train_grams import fit_gram_model
from audit.types import TurnInput, TurnScore

#: Layers whose means over the agent's words and over the whole sequence are the frozen features.
FROZEN_LAYERS = (4, 6, 8, 10)
#: Inverse strengths of the L2 penalty (scikit-learn's ``C``) for the two kinds of features.
NGRAM_PENALTY, FROZEN_PENALTY = 3.0, 0.003
MIN_LEFT_OUT = 60
_NEVER = -10.0
Features = Callable[[Sequence[TurnInput]], Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a model makes of an author, dialect or topic that it did not learn from."""

    name: str
    turns: int
    auc: Figure


class LinearBaseline:
    """Logistic regressions over fixed features. Satisfies ``TurnClassifier``; gives no evidence."""

    call_model = None

    def __init__(self, name: str, features: Features, penalty: float) -> None:
        """``penalty`` is the inverse strength of the L2 penalty (scikit-learn's ``C``)."""
        self.name = name
        self._features = features
        self._penalty = penalty
        self._models: list[Any] = []
        self._calibration: Calibration | None = None

    def fit(
        self, train: Sequence[AnnotatedTurn], calibration: Sequence[AnnotatedTurn]
    ) -> LinearBaseline:
        from sklearn.linear_model import LogisticRegression

        from audit.training.train_turns import targets

        inputs = self._features([turn.input for turn in train])
        truth = targets(train).numpy()
        self._models = [
            # A label that the corpus never gives is never found.
            LogisticRegression(C=self._penalty, max_iter=300).fit(inputs, column > 0.5)
            if column.any()
            else None
            for column in truth.T
        ]
        logits = self._logits([turn.input for turn in calibration])
        self._calibration = fit_calibration(targets(calibration).tolist(), logits)
        return self

    def score(self, turns: Sequence[TurnInput], *, evidence: bool = True) -> tuple[TurnScore, ...]:
        if self._calibration is None:
            raise RuntimeError(f"{self.name}: fit() comes before score()")
        return tuple(self._calibration.score(row) for row in self._logits(turns))

    def threshold(self, label: str) -> float:
        if self._calibration is None:
            raise RuntimeError(f"{self.name}: fit() comes before threshold()")
        return self._calibration.labels[label].threshold

    def _logits(self, turns: Sequence[TurnInput]) -> list[list[float]]:
        import numpy as np

        inputs = self._features(turns)
        never = np.full(len(turns), _NEVER)
        columns = [m.decision_function(inputs) if m else never for m in self._models]
        rows = np.stack(columns, axis=1)
        return [[float(x) for x in row] for row in rows]


def ngram_features(turns: Sequence[TurnInput]) -> Features:
    """TF-IDF of character 2- to 5-grams of context and text, each by itself, learned on ``turns``."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    def vectorizer() -> Any:
        return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)

    context = vectorizer().fit([normalize(turn.context) for turn in turns])
    text = vectorizer().fit([normalize(turn.text) for turn in turns])
    return lambda wanted: hstack(
        [
            context.transform([normalize(turn.context) for turn in wanted]),
            text.transform([normalize(turn.text) for turn in wanted]),
        ]
    ).tocsr()


def frozen_features(
    base: Path, turns: Sequence[TurnInput], layers: Sequence[int] = FROZEN_LAYERS
) -> Features:
    """Means of hidden ``layers`` of the encoder as it comes, standardized on ``turns``.

    Vectors are remembered by turn, since the encoder takes nearly all the time.
    """
    import numpy as np
    import torch

    from audit.language.transformer import TOKENIZER, read_tokenizer
    from audit.language.turn_tokens import tokenize_turn
    from audit.training.turn_network import load_base, padded

    network = load_base(base, max(layers)).eval()
    tokenizer = read_tokenizer(base / TOKENIZER)
    known: dict[TurnInput, Any] = {}

    def embed(batch: Sequence[TurnInput]) -> None:
        ids, types, mask = padded([tokenize_turn(tokenizer, turn) for turn in batch])
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            states = network.encoder(
                input_ids=ids, attention_mask=mask.long(), output_hidden_states=True
            ).hidden_states
        chosen = torch.stack([states[layer].float() for layer in layers], 1)
        parts = [
            (chosen * part[:, None, :, None]).sum(2) / part.sum(1)[:, None, None]
            for part in ((types.bool() & mask).float(), mask.float())
        ]
        known.update(zip(batch, torch.cat(parts, 1).flatten(1).numpy(), strict=True))

    def vectors(wanted: Sequence[TurnInput]) -> Any:
        new = sorted({t for t in wanted if t not in known}, key=lambda t: len(t.context + t.text))
        for start in range(0, len(new), 32):
            embed(new[start : start + 32])
        return np.stack([known[turn] for turn in wanted])

    seen = vectors(turns)
    mean, scale = seen.mean(0), seen.std(0) + 1e-6
    return lambda wanted: (vectors(wanted) - mean) / scale


def leave_one_out(
    turns: Sequence[AnnotatedTurn], kind: Callable[[AnnotatedTurn], str]
) -> tuple[LeftOut, ...]:
    """For each author, dialect or topic (``kind``): brush-off by n-grams that saw none of it.

    Values with fewer than ``MIN_LEFT_OUT`` turns are passed over: their figures would be chance.
    """
    import numpy as np

    fields = [turn_fields(turn.input) for turn in turns]
    found = []
    for value in sorted({kind(turn) for turn in turns}):
        out = [row for row, turn in enumerate(turns) if kind(turn) == value]
        rest = [row for row, turn in enumerate(turns) if kind(turn) != value]
        truth = [turns[row].brush_off for row in out]
        if len(out) < MIN_LEFT_OUT or not rest or len(set(truth)) < 2:
            continue
        model = fit_gram_model(
            [fields[row] for row in rest], np.array([[turns[row].brush_off] for row in rest])
        )
        scores = [float(x) for x in model.logits([fields[row] for row in out])[:, 0]]
        groups = [turns[row].origin.group for row in out]
        found.append(LeftOut(value, len(out), bootstrapped(roc_auc(truth, scores), groups)))
    return tuple(found)


def fitted_baselines(corpus: Corpus, base: Path | str) -> tuple[TurnClassifier, ...]:
    """The lexicon, the n-grams and the frozen encoder, trained on the train split's turns."""
    from audit.language.lexicon import LexiconClassifier

    train, calibration = corpus.turns_of("train"), corpus.turns_of("calibration")
    inputs = [turn.input for turn in train]
    return (
        LexiconClassifier.from_resources(),
        LinearBaseline("character n-grams + LR", ngram_features(inputs), NGRAM_PENALTY).fit(
            train, calibration
        ),
        LinearBaseline(
            "frozen encoder + LR", frozen_features(base_folder(base), inputs), FROZEN_PENALTY
        ).fit(train, calibration),
    )

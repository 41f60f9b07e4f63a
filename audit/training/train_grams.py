"""Fitting of the n-gram models: logistic regressions over TF-IDF of hashed n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audit.language.grams import BUCKETS, Counted, Field, GramModel, count_grams, weighted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Inverse strength of the L2 penalty, chosen with authors left out (flat between 3 and 10).
PENALTY = 3.0
#: N-grams of fewer texts are not used.
MIN_TEXTS = 2


def fit_gram_model(
    texts: Sequence[Sequence[Field]], truth: NDArray[np.bool_], penalty: float = PENALTY
) -> GramModel:
    """A model of ``truth`` ``(texts, outputs)``; an output that never or always applies gets only a
    bias."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    counted = [[count_grams(f, place) for place, f in enumerate(fields)] for fields in texts]
    idf = _idf(counted)
    inputs = _matrix(texts, counted, idf)
    weights = np.zeros((BUCKETS, truth.shape[1]), np.float32)
    bias = np.zeros(truth.shape[1], np.float32)
    for output in range(truth.shape[1]):
        applies = truth[:, output]
        if applies.all() or not applies.any():
            bias[output] = 10.0 if applies.all() else -10.0
            continue
        fitted = LogisticRegression(C=penalty, solver="liblinear", max_iter=300)
        fitted.fit(inputs, applies)
        weights[:, output] = fitted.coef_[0]
        bias[output] = fitted.intercept_[0]
    return GramModel(weights, idf, bias)


def _idf(counted: Sequence[Sequence[Counted]]) -> NDArray[np.float32]:
    """Smoothed inverse frequency by bucket (each field of a text is one document)."""
    import numpy as np

    frequency = np.zeros(BUCKETS)
    for fields in counted:
        for field in fields:
            frequency[field.ids] += 1
    idf = np.log((1 + len(counted)) / (1 + frequency)) + 1
    return np.where(frequency >= MIN_TEXTS, idf, 0.0).astype(np.float32)


def _matrix(
    texts: Sequence[Sequence[Field]],
    counted: Sequence[Sequence[Counted]],
    idf: NDArray[np.float32],
) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix

    rows, columns, values = [], [], []
    for row, (fields, counts) in enumerate(zip(texts, counted, strict=True)):
        for field, count in zip(fields, counts, strict=True):
            ids, value = weighted(count, idf, field.weight)
            rows.append(np.full(len(ids), row))
            columns.append(ids)
            values.append(value)
    place = (np.concatenate(rows), np.concatenate(columns))
    return csr_matrix((np.concatenate(values), place), shape=(len(texts), BUCKETS))

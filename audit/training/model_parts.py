"""A served model taken apart: what its encoder and its n-grams make of turns, and its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ModelError
from audit.language.calibration import Calibration, Output, read_calibration
from audit.language.encoder import TurnEncoder, read_config, read_weights
from audit.language.grams import BUCKETS, GramModel, read_gram_model
from audit.language.transformer import TOKENIZER, blended, read_tokenizer
from audit.language.turn_grams import TURN_GRAMS, turn_fields
from audit.language.turn_tokens import tokenize_turn
from audit.types import LABELS, POSITIVES, TurnInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a model makes of ``n`` turns.

    ``vectors`` ``(n, width)`` are the encoder's, ``grams`` ``(n, BUCKETS)`` sparse (``None`` where the
    model has none), ``log_odds`` ``(n, 12)`` the calibrated ones that it serves.
    """

    vectors: Floats
    grams: Any
    log_odds: Floats


class ModelParts:
    """The model in ``folder``. Raises ``ModelError`` when a part is missing or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(read_config(folder).get("name", folder.name))
        self.weights = read_weights(folder)
        self.calibration = read_calibration(folder)
        self.grams: GramModel | None = None
        if any(share for _, share in self.calibration.blend):
            self.grams = read_gram_model(folder / TURN_GRAMS)
        self._tokenizer = read_tokenizer(folder / TOKENIZER)
        try:
            self.heads = self.weights["heads.weight"].astype("float32")
            self.bias = self.weights["heads.bias"].astype("float32")
        except KeyError as error:
            raise ModelError(f"{folder}: {error} is missing from its weights") from error

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The calibration of the 12 outputs, in order."""
        calibration = self.calibration
        return (
            calibration.brush_off,
            *(calibration.labels[name] for name in LABELS),
            *(calibration.positives[name] for name in POSITIVES),
        )

    def see(self, turns: Sequence[TurnInput]) -> Seen:
        """Read ``turns`` as the served model does (int8 encoder and all)."""
        import numpy as np

        encoder = TurnEncoder(self.folder, self.weights, threads=1)
        vectors = encoder.pooled([tokenize_turn(self._tokenizer, turn) for turn in turns])
        from_encoder = vectors @ self.heads.T + self.bias
        fields = [turn_fields(turn) for turn in turns]
        from_grams = self.grams.logits(fields) if self.grams else None
        logits = blended(self.calibration.blend, from_encoder, from_grams).astype(np.float64)
        slopes = np.array([output.slope for output in self.outputs])
        intercepts = np.array([output.intercept for output in self.outputs])
        return Seen(
            vectors.astype(np.float64),
            self._counted(turns) if self.grams else None,
            logits * slopes + intercepts,
        )

    def _counted(self, turns: Sequence[TurnInput]) -> Any:
        """TF-IDF of the turns' n-grams as the model weighs them, fields added up; ``(n, BUCKETS)``."""
        import numpy as np
        from scipy.sparse import csr_matrix

        assert self.grams is not None
        rows, columns, values = [], [], []
        for row, turn in enumerate(turns):
            for place, field in enumerate(turn_fields(turn)):
                ids, value = self.grams.features(field, place)
                rows.append(np.full(len(ids), row))
                columns.append(ids)
                values.append(value)
        place_of = (np.concatenate(rows), np.concatenate(columns))
        shape = (len(turns), BUCKETS)
        return csr_matrix((np.concatenate(values).astype(np.float64), place_of), shape=shape)


def calibrated_alone(calibration: Calibration) -> Calibration:
    """The decisions of ``calibration`` on log-odds that are calibrated already."""
    from dataclasses import replace

    def plain(output: Output) -> Output:
        return replace(output, slope=1.0, intercept=0.0)

    return replace(
        calibration,
        brush_off=plain(calibration.brush_off),
        labels={name: plain(output) for name, output in calibration.labels.items()},
        positives={name: plain(output) for name, output in calibration.positives.items()},
    )

"""Linear models over hashed character and word n-grams, served with numpy alone.

Word statistics are strong on call-centre talk and hold under recognizer errors, since a misheard word
keeps most of its letters. Features are TF-IDF with sublinear counts (Salton & Buckley, 1988) of
character n-grams inside words and of word n-grams, hashed into a fixed table (Weinberger et al., 2009),
so that no word of the training texts is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from audit.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ids = NDArray[np.int64]

#: Rows of the table; a power of two.
BUCKETS = 1 << 18
#: Lengths of the character n-grams (with a space at each end of a word) and of the word n-grams.
CHARS, WORDS = (2, 3, 4, 5), (1, 2, 3)

_SEED, _FACTOR, _MIX = 0x9E3779B97F4A7C15, 0x100000001B3, 0xFF51AFD7ED558CCD
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Field:
    """A text in normalized spelling, how it is cut, and how much it counts beside the others."""

    text: str
    cut: Literal["chars", "words"]
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The buckets of a field, each once, and ``1 + log(count)`` of each."""

    ids: Ids
    values: Floats


def count_grams(field: Field, place: int) -> Counted:
    """The n-grams of ``field``; fields at different ``place`` never share their meaning of a bucket."""
    import numpy as np

    hashes = _char_hashes(field.text) if field.cut == "chars" else _word_hashes(field.text)
    mixed = (hashes ^ np.uint64((place + 1) * _SEED & _MASK)) * np.uint64(_MIX)
    ids, counts = np.unique((mixed >> np.uint64(40)).astype(np.int64) % BUCKETS, return_counts=True)
    return Counted(ids, (1.0 + np.log(counts)).astype(np.float32))


class GramModel:
    """``weights`` ``(BUCKETS, outputs)``, ``idf`` ``(BUCKETS,)`` (0 where the n-gram is not used) and
    ``bias`` ``(outputs,)``."""

    def __init__(self, weights: Any, idf: Any, bias: Any) -> None:
        import numpy as np

        if weights.ndim != 2 or idf.shape != (BUCKETS,) or bias.shape != weights.shape[1:]:
            raise ModelError("the tables of the n-gram model do not fit together")
        self.weights = weights
        self.idf: Floats = idf.astype(np.float32)
        self.bias: Floats = bias.astype(np.float32)

    @property
    def outputs(self) -> int:
        return int(self.bias.shape[0])

    def logits(self, texts: Sequence[Sequence[Field]]) -> Floats:
        """Logits ``(texts, outputs)``; every text has the fields that the model was trained with."""
        import numpy as np

        found = np.tile(self.bias, (len(texts), 1))
        for row, fields in enumerate(texts):
            for place, field in enumerate(fields):
                ids, values = self.features(field, place)
                found[row] += values @ self.weights[ids].astype(np.float32)
        return found

    def features(self, field: Field, place: int) -> tuple[Ids, Floats]:
        """Buckets and values of a field, of Euclidean length ``field.weight`` (0 if none is known)."""
        return weighted(count_grams(field, place), self.idf, field.weight)


def weighted(counted: Counted, idf: Floats, weight: float) -> tuple[Ids, Floats]:
    """TF-IDF of counted n-grams, scaled to the length ``weight``."""
    import numpy as np

    values = counted.values * idf[counted.ids]
    length = float(np.sqrt((values**2).sum()))
    return counted.ids, values * (weight / length if length else 0.0)


def read_gram_model(path: Path) -> GramModel:
    """Raises ``ModelError`` naming the file when it cannot be used."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tensors = load_file(path)
        return GramModel(tensors["weights"], tensors["idf"], tensors["bias"])
    except (OSError, SafetensorError, KeyError, ModelError) as error:
        raise ModelError(
            f"{path}: no usable n-gram model ({error}); install tasleek again or train it anew"
        ) from error


def write_gram_model(model: GramModel, path: Path) -> None:
    """In float16: 6 MB for twelve outputs."""
    import numpy as np
    from safetensors.numpy import save_file

    save_file(
        {
            "weights": np.ascontiguousarray(model.weights, np.float16),
            "idf": np.ascontiguousarray(model.idf, np.float16),
            "bias": np.ascontiguousarray(model.bias, np.float32),
        },
        path,
    )
    path.chmod(0o644)  # safetensors leaves it to the owner alone


def _char_hashes(text: str) -> NDArray[np.uint64]:
    """A hash of every character n-gram of every word, a word being bounded by one space a side."""
    import numpy as np

    padded = " " + text.replace(" ", "  ") + " "
    codes = np.frombuffer(padded.encode("utf-32-le"), np.uint32).astype(np.uint64)
    space = codes == 32
    found = []
    for length in CHARS:
        count = len(codes) - length + 1
        if count <= 0:
            break
        hashes = np.full(count, length, np.uint64)
        inside = np.ones(count, bool)
        for at in range(length):
            hashes = hashes * np.uint64(_FACTOR) + codes[at : at + count]
            if 0 < at < length - 1:
                inside &= ~space[at : at + count]
        inside &= ~(space[:count] & space[length - 1 : length - 1 + count] & (length == 2))
        found.append(hashes[inside])
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def _word_hashes(text: str) -> NDArray[np.uint64]:
    import zlib

    import numpy as np

    words = np.array([zlib.crc32(word.encode()) for word in text.split()], np.uint64)
    found = []
    for length in WORDS:
        count = len(words) - length + 1
        if count <= 0:
            break
        hashes = np.full(count, length, np.uint64)
        for at in range(length):
            hashes = hashes * np.uint64(_SEED) + words[at : at + count]
        found.append(hashes)
    return np.concatenate(found) if found else np.zeros(0, np.uint64)

"""How many voices there are, and which window's voice is whose: clustering of speaker embeddings.

A threshold on the distance at which clusters merge, pyannote's own way, is fragile on calls of a
minute or two: one speaker falls into pieces, and whichever pieces are large enough win. Here each
number of voices is tried (agglomeration, then spherical k-means: I. Dhillon and D. Modha, "Concept
decompositions for large sparse text data using clustering", Machine Learning 42, 2001) and the
largest is taken at which the voices are still unlike each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Cosine between the centres of two voices, CAM++: 0.4-0.76 for two speakers, 0.79-0.97 for the
#: halves of one. Beyond two voices (a menu, a second agent) the evidence must be clearer.
_MAX_LIKENESS = 0.78
_MAX_LIKENESS_MANY = 0.7
#: Windows (one every 2.5 s, with 2 s of the voice alone) that make a voice.
_MIN_WINDOWS, _MIN_WINDOWS_MANY = 2, 4
_MAX_VOICES = 5
_ROUNDS = 20


def label_voices(
    embeddings: NDArray[np.float64], fewest: int = 1, most: int = _MAX_VOICES
) -> NDArray[np.int64]:
    """A voice, from 0, for each embedding; ``embeddings`` has shape ``(windows, size)``.

    At least ``fewest`` voices and at most ``most`` are found, where there are enough windows.
    """
    import numpy as np

    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)
    chosen = np.zeros(len(unit), dtype=np.int64)
    for count in range(2, min(most, _MAX_VOICES, len(unit)) + 1):
        labels, centres = _partition(unit, count)
        if len(np.unique(labels)) == count and (count <= fewest or _distinct(labels, centres)):
            chosen = labels
    return chosen


def _distinct(labels: NDArray[np.int64], centres: NDArray[np.float64]) -> bool:
    import numpy as np

    count = len(centres)
    likeness = (centres @ centres.T)[np.triu_indices(count, 1)].max()
    smallest = np.bincount(labels, minlength=count).min()
    if count == 2:
        return bool(likeness < _MAX_LIKENESS and smallest >= _MIN_WINDOWS)
    return bool(likeness < _MAX_LIKENESS_MANY and smallest >= _MIN_WINDOWS_MANY)


def _partition(
    unit: NDArray[np.float64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tighter of two partitions, begun by average and by Ward linkage."""
    from scipy.cluster.hierarchy import fcluster, linkage

    best: tuple[float, NDArray[np.int64], NDArray[np.float64]] | None = None
    for method in ("average", "ward"):
        start = fcluster(linkage(unit, method), count, "maxclust") - 1
        labels, centres = _spherical_means(unit, start, count)
        tightness = float((unit * centres[labels]).sum(axis=1).mean())
        if best is None or tightness > best[0]:
            best = (tightness, labels, centres)
    assert best is not None
    return best[1], best[2]


def _spherical_means(
    unit: NDArray[np.float64], labels: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import numpy as np

    centres = np.zeros((count, unit.shape[1]))
    for _ in range(_ROUNDS):
        centres = np.stack([unit[labels == voice].sum(axis=0) for voice in range(count)])
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
        closest = (unit @ centres.T).argmax(axis=1)
        if np.array_equal(closest, labels):
            break
        labels = closest
    return labels, centres

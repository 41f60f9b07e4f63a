"""Which words of a turn weighed: the score with each of them left out (Zeiler & Fergus, 2014)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: A turn is cut into at most this many pieces; longer turns lose several words at a time.
MAX_PIECES = 24
#: Phrases shown, and the share of the largest drop that a piece needs to count.
SHOWN, SHARE_OF_LARGEST = 3, 0.4


@dataclass(frozen=True, slots=True)
class Occlusion:
    """A piece of a turn, and what is left without it."""

    piece: str
    rest: str


def occlusions(text: str) -> tuple[Occlusion, ...]:
    """The turn cut into pieces of equal word count; none for a single word."""
    words = text.split()
    if len(words) < 2:
        return ()
    size = math.ceil(len(words) / MAX_PIECES)
    return tuple(
        Occlusion(" ".join(words[at : at + size]), " ".join(words[:at] + words[at + size :]))
        for at in range(0, len(words), size)
    )


def weighty_words(pieces: Sequence[Occlusion], drops: Sequence[float]) -> tuple[str, ...]:
    """The phrases whose absence lowers the score most, heaviest first; neighbours are joined.

    ``drops`` is by how much the logit falls without each piece.
    """
    largest = max(drops, default=0.0)
    if largest <= 0.0:
        return ()
    phrases: list[tuple[float, str]] = []
    joined = False
    for piece, drop in zip(pieces, drops, strict=True):
        if drop < SHARE_OF_LARGEST * largest:
            joined = False
        elif joined:
            weight, words = phrases[-1]
            phrases[-1] = (max(weight, drop), f"{words} {piece.piece}")
        else:
            phrases.append((drop, piece.piece))
            joined = True
    phrases.sort(key=lambda phrase: -phrase[0])
    return tuple(words for _, words in phrases[:SHOWN])

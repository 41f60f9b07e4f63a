"""Words that announce a wait, and words of whoever comes back from it."""

from __future__ import annotations

import functools
from typing import Literal

from audit.speech.cues import Cue, load_cues
from audit.speech.misheard import folded_words, heard_weight

Moment = Literal["before", "after"]

#: Of the words near a wait only so many speak of it: the last before, the first after.
NEAR_WORDS = 25
#: A cue of this weight is enough by itself; weaker ones need each other.
ENOUGH = 2.0


def speaks_of_wait(text: str, moment: Moment) -> bool:
    """Whether ``text``, said just before or after a wait, announces it or comes back from it."""
    words = text.split()
    near = words[-NEAR_WORDS:] if moment == "before" else words[:NEAR_WORDS]
    return heard_weight(_cues(moment), folded_words(near), ENOUGH) >= ENOUGH


@functools.lru_cache(maxsize=2)
def _cues(moment: Moment) -> tuple[Cue, ...]:
    """The weightiest and shortest first: they decide soonest."""
    cues = (cue for cue in load_cues("hold_cues") if cue.kind == moment)
    return tuple(sorted(cues, key=lambda cue: (-min(cue.weight, ENOUGH), len(cue.phrase))))

"""Which moments of many make a good lesson: different agents, calls and kinds, nothing said twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from audit.store.excerpts import Moment

#: Texts more alike than this (0..100, of rapidfuzz's ``ratio``) are the same lesson. On recognized
#: speech the same phrase of two agents differs by a letter or two in ten.
SAME_TEXT = 88.0


@dataclass(frozen=True, slots=True)
class Choice:
    """``moments`` in the order to be played. ``alike`` counts those left out as nearly the same."""

    moments: tuple[Moment, ...]
    alike: int


def choose(moments: Iterable[Moment], limit: int, folded: Callable[[str], str]) -> Choice:
    """At most ``limit`` moments, as varied as they can be; the same for the same moments.

    The next one is always of the call that was taken from least, then of such an agent, then of such a
    kind; among those what people confirmed comes first, then what the classifier was surest of, then
    what was heard best. ``folded`` brings a text into the spelling in which texts are compared.
    """
    groups = _Groups(moments)
    chosen: list[Moment] = []
    texts: list[str] = []
    alike = 0
    while len(chosen) < limit and (moment := groups.take()):
        text = folded(moment.text)
        if _said_before(text, texts):
            alike += 1
            continue
        groups.count(moment)
        chosen.append(moment)
        texts.append(text)
    return Choice(tuple(chosen), alike)


def _said_before(text: str, texts: list[str]) -> bool:
    from rapidfuzz import fuzz, process

    return process.extractOne(text, texts, scorer=fuzz.ratio, score_cutoff=SAME_TEXT) is not None


class _Groups:
    """The moments of each agent and kind, best first, and how often each was taken from."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self._groups: dict[tuple[str, str], list[Moment]] = defaultdict(list)
        for moment in sorted(moments, key=_worth):
            self._groups[moment.agent_id or "", moment.labels[0].label].append(moment)
        self._calls: Counter[str] = Counter()
        self._agents: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()

    def count(self, moment: Moment) -> None:
        self._calls[moment.call_id] += 1
        self._agents[moment.agent_id or ""] += 1
        self._labels[moment.labels[0].label] += 1

    def take(self) -> Moment | None:
        """The moment that adds most, taken out; ``None`` when there is none left."""
        best: tuple[tuple[object, ...], tuple[str, str], int] | None = None
        for (agent, label), moments in self._groups.items():
            place = self._freshest(moments)
            moment = moments[place]
            cost = (
                self._calls[moment.call_id], self._agents[agent], self._labels[label],
                *_worth(moment),
            )  # fmt: skip
            if best is None or cost < best[0]:
                best = (cost, (agent, label), place)
        if best is None:
            return None
        _, group, place = best
        moment = self._groups[group].pop(place)
        if not self._groups[group]:
            del self._groups[group]
        return moment

    def _freshest(self, moments: list[Moment]) -> int:
        """The first moment of the call that was taken from least."""
        least, found = None, 0
        for place, moment in enumerate(moments):
            taken = self._calls[moment.call_id]
            if taken == 0:
                return place
            if least is None or taken < least:
                least, found = taken, place
        return found


def _worth(moment: Moment) -> tuple[bool, float, float, str, int]:
    """The better a moment shows its kind, the smaller; unique, so that nothing is left to chance."""
    first = moment.labels[0]
    score = 1.0 if first.score is None else first.score
    return (
        first.reviewed != "confirmed", -score, -(moment.asr_confidence or 0.0),
        moment.call_id, moment.turn_index,
    )  # fmt: skip

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
    """``moments`` in the order to be played. ``alike`` counts those left out because one that was taken
    has nearly the same words."""

    moments: tuple[Moment, ...]
    alike: int


def choose(moments: Iterable[Moment], limit: int, folded: Callable[[str], str]) -> Choice:
    """At most ``limit`` moments, as varied as they can be; the same for the same moments.

    The next one is always of the call that was taken from least, then of such an agent, then of such a
    kind; among those what people confirmed comes first, then what the classifier was surest of, then
    what was heard best. ``folded`` brings a text into the spelling in which texts are compared.
    """
    ordered = sorted(moments, key=_worth)
    texts = _Texts(ordered, folded)
    groups = _Groups(ordered, texts)
    chosen: list[Moment] = []
    while len(chosen) < limit and (moment := groups.take()):
        chosen.append(moment)
        texts.close(moment.text)
    return Choice(tuple(chosen), texts.closed_moments - len(chosen))


class _Texts:
    """What is said in the moments, and which of it was said already."""

    def __init__(self, moments: Iterable[Moment], folded: Callable[[str], str]) -> None:
        times = Counter(moment.text for moment in moments)
        self._folded = {text: folded(text) for text in times}
        self._open: Counter[str] = Counter()
        for text, count in times.items():
            self._open[self._folded[text]] += count
        self.closed_moments = 0

    def is_open(self, text: str) -> bool:
        return self._folded[text] in self._open

    def close(self, text: str) -> None:
        """Close ``text`` and all that is nearly the same."""
        from rapidfuzz import fuzz, process

        said = self._folded[text]
        found = process.extract(
            said, self._open.keys(), scorer=fuzz.ratio, score_cutoff=SAME_TEXT, limit=None
        )
        for alike in {said, *(other for other, _, _ in found)}:
            self.closed_moments += self._open.pop(alike, 0)


class _Groups:
    """The moments of each agent and kind, best first, and how often each was taken from."""

    def __init__(self, ordered: Iterable[Moment], texts: _Texts) -> None:
        self._groups: dict[tuple[str, str], list[Moment]] = defaultdict(list)
        for moment in ordered:
            self._groups[moment.agent_id or "", moment.labels[0].label].append(moment)
        self._texts = texts
        self._calls: Counter[str] = Counter()
        self._agents: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()

    def take(self) -> Moment | None:
        """The moment that adds most, taken; ``None`` when there is none left."""
        best: tuple[tuple[object, ...], Moment] | None = None
        for (agent, label), moments in self._groups.items():
            moment = self._freshest(moments)
            if moment is None:
                continue
            cost = (
                self._calls[moment.call_id], self._agents[agent], self._labels[label],
                *_worth(moment),
            )  # fmt: skip
            if best is None or cost < best[0]:
                best = (cost, moment)
        if best is None:
            return None
        moment = best[1]
        self._calls[moment.call_id] += 1
        self._agents[moment.agent_id or ""] += 1
        self._labels[moment.labels[0].label] += 1
        return moment

    def _freshest(self, moments: list[Moment]) -> Moment | None:
        """Of those whose words are new, the first of the call that was taken from least."""
        while moments and not self._texts.is_open(moments[0].text):
            del moments[0]
        found: Moment | None = None
        for moment in moments:
            taken = self._calls[moment.call_id]
            if not self._texts.is_open(moment.text):
                continue
            if taken == 0:
                return moment
            if found is None or taken < self._calls[found.call_id]:
                found = moment
        return found


def _worth(moment: Moment) -> tuple[bool, float, float, str, int]:
    """The better a moment shows its kind, the smaller; unique, so that nothing is left to chance."""
    first = moment.labels[0]
    score = 1.0 if first.score is None else first.score
    return (
        first.reviewed != "confirmed", -score, -(moment.asr_confidence or 0.0),
        moment.call_id, moment.turn_index,
    )  # fmt: skip

"""How often verdicts change with who speaks, and how: nothing of that should change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from audit.errors import UsageError
from audit.language.classifier import TurnClassifier
from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.language.verdict import judge_call
from audit.training.corpus import AnnotatedCall, AnnotatedTurn
from audit.training.metrics import Figure, bootstrapped
from audit.training.reviewed import chance_of
from audit.training.swaps import Swaps, Variant, variants
from audit.types import TurnInput, TurnScore

#: Largest changes that are listed.
WORST = 10
EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Swapped:
    """A text before and after a swap. ``probability`` is of brush-off; of a call, its score / 100.

    Before a name or vendor is put in is what all of them come to on average (``_against_all``).
    """

    id: str
    kind: str
    target: str
    probability: tuple[float, float]
    flagged: tuple[bool, bool]
    labels: tuple[tuple[str, ...], tuple[str, ...]]
    text: tuple[str, str]

    @property
    def change(self) -> float:
        return self.probability[1] - self.probability[0]

    @property
    def flipped(self) -> bool:
        return self.flagged[0] != self.flagged[1]


@dataclass(frozen=True, slots=True)
class FlipFigures:
    """Swaps of one kind and target (``all``: of every target of the kind).

    ``texts`` were touched by ``swaps`` swaps. ``flips`` is the share whose yes or no changed,
    ``label_flips`` that whose labels did; ``mean_change`` is the mean absolute change of the
    probability, ``drift`` the mean with its sign: above 0, the swap makes texts look worse.
    """

    unit: str
    kind: str
    target: str
    texts: int
    swaps: int
    flips: Figure
    label_flips: Figure
    mean_change: Figure
    drift: Figure
    largest: float


@dataclass(frozen=True, slots=True)
class FlipEvaluation:
    """``worst`` are the swaps that changed a probability most, turns and calls."""

    classifier: str
    turns: int
    calls: int
    figures: tuple[FlipFigures, ...]
    worst: tuple[Swapped, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def evaluate_flips(
    classifier: TurnClassifier,
    turns: Sequence[AnnotatedTurn],
    calls: Sequence[AnnotatedCall],
    swaps: Swaps,
    limit: int = 0,
    report: Callable[[str], None] = lambda line: None,
) -> FlipEvaluation:
    """Swap in ``turns`` and ``calls`` and score both sides; with ``limit``, in so many of each at most.

    Raises ``UsageError`` when no text is touched.
    """
    chosen_turns = _some(turns, limit, lambda turn: turn.id)
    chosen_calls = _some(calls, limit, lambda call: call.id)
    scorer = _Scorer(classifier)
    of_turns = _swapped_turns(chosen_turns, swaps)
    report(f"{len(of_turns)} swaps in {len(chosen_turns)} turns")
    found_turns = _against_all(scorer.turns(of_turns), swaps)
    of_calls = [(call.id, v) for call in chosen_calls for v in variants(call.turns, swaps)]
    report(f"{len(of_calls)} swaps in {len(chosen_calls)} calls")
    found_calls = _against_all(scorer.calls(of_calls), swaps)
    if not found_turns and not found_calls:
        raise UsageError("no text has a word of the swaps; give other texts or another --swaps")
    worst = sorted([*found_turns, *found_calls], key=lambda item: (-abs(item.change), item.id))
    return FlipEvaluation(
        classifier.name,
        len(chosen_turns),
        len(chosen_calls),
        (*_figures("turn", found_turns), *_figures("call", found_calls)),
        tuple(worst[:WORST]),
    )


class _Scorer:
    """Scores every text once, however many swaps leave it as it is."""

    def __init__(self, classifier: TurnClassifier) -> None:
        self._classifier = classifier
        self._known: dict[TurnInput, TurnScore] = {}

    def turns(self, swapped: Sequence[tuple[str, Variant]]) -> list[Swapped]:
        pairs = [(_last(variant.before), _last(variant.after)) for _, variant in swapped]
        self._learn([turn for pair in pairs for turn in pair])
        found = []
        for (name, variant), (before, after) in zip(swapped, pairs, strict=True):
            old, new = self._known[before], self._known[after]
            found.append(
                Swapped(
                    name, variant.kind, variant.target, (old.brush_off, new.brush_off),
                    (bool(old.flagged), bool(new.flagged)), (old.flagged, new.flagged),
                    (_shown(before), _shown(after)),
                )
            )  # fmt: skip
        return found

    def calls(self, swapped: Sequence[tuple[str, Variant]]) -> list[Swapped]:
        sides = [side for _, variant in swapped for side in (variant.before, variant.after)]
        self._learn([turn for side in sides for turn in agent_turn_inputs(side).values()])
        found = []
        for name, variant in swapped:
            old, new = self._verdict(variant.before), self._verdict(variant.after)
            found.append(
                Swapped(
                    name, variant.kind, variant.target,
                    (old.brush_off_score / 100, new.brush_off_score / 100),
                    (old.brush_off, new.brush_off), ((old.resolution,), (new.resolution,)),
                    ("", ""),
                )
            )  # fmt: skip
        return found

    def _verdict(self, turns: Sequence[ConversationTurn]) -> Any:
        inputs = agent_turn_inputs(turns)
        scores = {place: self._known[turn] for place, turn in inputs.items()}
        return judge_call(turns, scores, self._classifier.call_model)

    def _learn(self, turns: Sequence[TurnInput]) -> None:
        new = [turn for turn in dict.fromkeys(turns) if turn not in self._known]
        scores = self._classifier.score(new, evidence=False)
        self._known.update(zip(new, scores, strict=True))


def _against_all(swapped: Sequence[Swapped], swaps: Swaps) -> list[Swapped]:
    """Fillings of a frame compared with all fillings of it in the same text: the mean probability, what
    most of them are decided, and the labels that most get. No one name is the measure of the others."""
    groups: dict[tuple[str, str], list[Swapped]] = {}
    for item in swapped:
        groups.setdefault((item.id, item.kind), []).append(item)
    found = []
    for (_, kind), own in groups.items():
        if kind not in swaps.frames:
            found += own
            continue
        mean = sum(item.probability[1] for item in own) / len(own)
        flagged = 2 * sum(item.flagged[1] for item in own) > len(own)
        ((labels, _),) = Counter(item.labels[1] for item in own).most_common(1)
        found += [
            replace(
                item,
                probability=(mean, item.probability[1]),
                flagged=(flagged, item.flagged[1]),
                labels=(labels, item.labels[1]),
            )
            for item in own
        ]
    return found


def _swapped_turns(turns: Sequence[AnnotatedTurn], swaps: Swaps) -> list[tuple[str, Variant]]:
    return [
        (turn.id, variant)
        for turn in turns
        for variant in variants(
            (
                ConversationTurn("caller", turn.input.context),
                ConversationTurn("agent", turn.input.text),
            ),
            swaps,
        )
    ]


def _last(turns: Sequence[ConversationTurn]) -> TurnInput:
    return TurnInput(turns[0].text, turns[1].text)


def _shown(turn: TurnInput) -> str:
    return f"{turn.context} ← {turn.text}"


def _figures(unit: str, swapped: Sequence[Swapped]) -> Iterator[FlipFigures]:
    kinds = dict.fromkeys(item.kind for item in swapped)
    for kind in kinds:
        own = [item for item in swapped if item.kind == kind]
        yield _measured(unit, kind, EVERYTHING, own)
        for target in dict.fromkeys(item.target for item in own):
            yield _measured(unit, kind, target, [i for i in own if i.target == target])


def _measured(unit: str, kind: str, target: str, own: Sequence[Swapped]) -> FlipFigures:
    texts = [item.id for item in own]

    def mean(values: Sequence[float]) -> Figure:
        return bootstrapped(lambda rows: sum(values[row] for row in rows) / len(rows), texts)

    return FlipFigures(
        unit, kind, target, len(set(texts)), len(own),
        mean([item.flipped for item in own]),
        mean([item.labels[0] != item.labels[1] for item in own]),
        mean([abs(item.change) for item in own]),
        mean([item.change for item in own]),
        max(abs(item.change) for item in own),
    )  # fmt: skip


def _some(items: Sequence[Any], limit: int, name: Callable[[Any], str]) -> Sequence[Any]:
    """At most ``limit`` items, always the same ones, in their order."""
    if not limit or len(items) <= limit:
        return items
    chosen = sorted(items, key=lambda item: chance_of(f"flips {name(item)}"))[:limit]
    wanted = {name(item) for item in chosen}
    return [item for item in items if name(item) in wanted]

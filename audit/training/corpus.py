"""The annotated corpus, ``data/brushoff``: turns and whole calls, read into frozen values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from audit.errors import UsageError
from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.types import LABELS, POSITIVES, RESOLUTIONS, Resolution, Role, TurnInput

Split = Literal["train", "calibration", "test"]
SPLITS: tuple[Split, ...] = ("train", "calibration", "test")
_SPEAKERS: dict[str, Role] = {"agent": "agent", "caller": "caller"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an example comes from; ``group`` is the situation that its paraphrases share."""

    author: str
    group: str
    dialect: str
    topic: str
    split: Split


@dataclass(frozen=True, slots=True)
class AnnotatedTurn:
    """An agent turn with its labels. ``brush_off`` means that at least one label applies."""

    id: str
    origin: Origin
    input: TurnInput
    labels: tuple[str, ...]
    positives: tuple[str, ...]
    hard: bool = False

    @property
    def brush_off(self) -> bool:
        return bool(self.labels)


@dataclass(frozen=True, slots=True)
class AnnotatedCall:
    """A whole call. ``labels`` and ``positives`` are by turn index, agent turns only."""

    id: str
    origin: Origin
    turns: tuple[ConversationTurn, ...]
    labels: tuple[tuple[str, ...], ...]
    positives: tuple[tuple[str, ...], ...]
    brush_off: bool
    brush_off_score: float
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Corpus:
    turns: tuple[AnnotatedTurn, ...]
    calls: tuple[AnnotatedCall, ...]

    def turns_of(self, split: str) -> list[AnnotatedTurn]:
        """Turns of a split, the agent turns of its calls among them."""
        both = self.turns + turns_of_calls(self.calls)
        return [turn for turn in both if turn.origin.split == split]

    def calls_of(self, split: str) -> list[AnnotatedCall]:
        return [call for call in self.calls if call.origin.split == split]


def read_turns(path: Path) -> tuple[AnnotatedTurn, ...]:
    """The turns of a corpus file. Raises ``UsageError`` naming the file and the line."""
    return tuple(_read(path, _turn))


def read_calls(path: Path) -> tuple[AnnotatedCall, ...]:
    """The calls of a corpus file. Raises ``UsageError`` naming the file and the line."""
    return tuple(_read(path, _call))


def turns_of_calls(calls: Sequence[AnnotatedCall]) -> tuple[AnnotatedTurn, ...]:
    """The agent turns of calls as examples of their own; the call is their group."""
    return tuple(
        AnnotatedTurn(
            f"{call.id}:{index}", call.origin, turn, call.labels[index], call.positives[index]
        )
        for call in calls
        for index, turn in agent_turn_inputs(call.turns).items()
    )


def _read(path: Path, parse: Callable[[dict[str, Any]], T]) -> Iterator[T]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as a UTF-8 corpus file ({error})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield parse(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise UsageError(f"{path} line {number}: {what}; see the datasheet") from error


def _turn(value: dict[str, Any]) -> AnnotatedTurn:
    return AnnotatedTurn(
        id=str(value["id"]),
        origin=_origin(value, str(value["group"])),
        input=TurnInput(str(value.get("context") or ""), str(value["text"])),
        labels=_known(value["labels"], LABELS),
        positives=_known(value["positives"], POSITIVES),
        hard=bool(value.get("hard", False)),
    )


def _call(value: dict[str, Any]) -> AnnotatedCall:
    resolution = value["resolution"]
    if resolution not in RESOLUTIONS:
        raise ValueError(f"resolution {resolution!r} is none of {', '.join(RESOLUTIONS)}")
    turns = value["turns"]
    return AnnotatedCall(
        id=str(value["id"]),
        origin=_origin(value, str(value["id"])),
        turns=tuple(ConversationTurn(_SPEAKERS[t["speaker"]], str(t["text"])) for t in turns),
        labels=tuple(_known(t.get("labels", ()), LABELS) for t in turns),
        positives=tuple(_known(t.get("positives", ()), POSITIVES) for t in turns),
        brush_off=bool(value["brush_off"]),
        brush_off_score=float(value["brush_off_score"]),
        resolution=resolution,
    )


def _origin(value: dict[str, Any], group: str) -> Origin:
    if value["split"] not in SPLITS:
        raise ValueError(f"split {value['split']!r} is none of {', '.join(SPLITS)}")
    return Origin(
        str(value["author"]), group, str(value["dialect"]), str(value["topic"]), value["split"]
    )


def _known(names: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    if unknown := set(names) - set(known):
        raise ValueError(f"unknown label {min(unknown)!r}; known: {', '.join(known)}")
    return tuple(name for name in known if name in names)

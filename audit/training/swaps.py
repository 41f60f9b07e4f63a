"""Changes of who speaks, and how, that must not change a verdict: ``data/lexicons/swaps.toml``.

Counterfactual tests of fairness swap the terms of identity in a text and look whether the decision stays
(Garg et al., 2019, "Counterfactual Fairness in Text Classification through Robustness").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.language.conversation import ConversationTurn
from audit.resources import resource_path

SWAPS = "data/lexicons/swaps.toml"
KINDS = ("names", "gender", "dialect", "vendors")
MAN, WOMAN = "to a man", "to a woman"


@dataclass(frozen=True, slots=True)
class Frame:
    """Words put before what caller and agent say first; ``groups`` of names fill its gap."""

    caller: str
    agent: str
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Replacement:
    """The words that a target (a dialect, a gender) has for what others say."""

    target: str
    words: Mapping[str, str]
    pattern: re.Pattern[str]

    def applied(self, text: str) -> str:
        return self.pattern.sub(lambda found: (found[1] or "") + self.words[found[2]], text)


@dataclass(frozen=True, slots=True)
class Swaps:
    frames: Mapping[str, Frame]
    replacements: Mapping[str, tuple[Replacement, ...]]


@dataclass(frozen=True, slots=True)
class Variant:
    """A conversation before and after a swap for ``target`` of ``kind``.

    What is put in by a frame is compared with the other fillings of the same frame, not with ``before``:
    that the text grows longer is no matter of who speaks.
    """

    kind: str
    target: str
    before: tuple[ConversationTurn, ...]
    after: tuple[ConversationTurn, ...]


def read_swaps(path: Path | None = None) -> Swaps:
    """The project's table, or the one at ``path``. Raises ``UsageError`` that names what is wrong."""
    file = path or resource_path(SWAPS)
    try:
        value = tomllib.loads(file.read_text(encoding="utf-8"))
        if unknown := set(value) - set(KINDS):
            raise ValueError(f"unknown section {min(unknown)!r}; known: {', '.join(KINDS)}")
        return Swaps(
            {kind: _frame(value[kind]) for kind in ("names", "vendors") if kind in value},
            {
                "gender": _genders(value.get("gender", {})),
                "dialect": _dialects(value.get("dialect", {})),
            },
        )
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise UsageError(
            f"{file}: not a table of swaps ({what}); see the project's {SWAPS}"
        ) from error


def variants(turns: Sequence[ConversationTurn], swaps: Swaps) -> Iterator[Variant]:
    """Every change of the table that touches the conversation."""
    original = tuple(turns)
    for kind, frame in swaps.frames.items():
        for target, names in frame.groups.items():
            for own in names:
                yield Variant(kind, target, original, _framed(original, frame, own))
    for kind, replacements in swaps.replacements.items():
        for replacement in replacements:
            after = tuple(replace(t, text=replacement.applied(t.text)) for t in original)
            if after != original:
                yield Variant(kind, replacement.target, original, after)


def _framed(
    turns: tuple[ConversationTurn, ...], frame: Frame, filling: str
) -> tuple[ConversationTurn, ...]:
    """The frame before the first words of each party."""
    found, heard = [], set()
    for turn in turns:
        before = {"caller": frame.caller, "agent": frame.agent}.get(turn.role)
        if before is not None and turn.role not in heard:
            turn = replace(turn, text=before.format(filling) + turn.text)
            heard.add(turn.role)
        found.append(turn)
    return tuple(found)


def _frame(value: Mapping[str, Any]) -> Frame:
    groups = {str(name): tuple(map(str, own)) for name, own in value["groups"].items()}
    if sum(map(len, groups.values())) < 2:
        raise ValueError("two names at least are needed to compare")
    return Frame(str(value["caller"]), str(value["agent"]), groups)


def _genders(value: Mapping[str, Any]) -> tuple[Replacement, ...]:
    pairs = [(str(man), str(woman)) for man, woman in value.get("pairs", ())]
    if not pairs:
        return ()
    # Of two words for a man that are one for a woman, the first is taken on the way back.
    back: dict[str, str] = {}
    for man, woman in pairs:
        back.setdefault(woman, man)
    return (_replacement(WOMAN, dict(pairs)), _replacement(MAN, back))


def _dialects(value: Mapping[str, Any]) -> tuple[Replacement, ...]:
    ambiguous = set(value.get("ambiguous", ()))
    words: dict[str, dict[str, str]] = {}
    for meaning in value.get("meanings", {}).values():
        matched = {str(word) for own in meaning.values() for word in own} - ambiguous
        for dialect, own in meaning.items():
            rest = {word: str(own[0]) for word in matched if word not in own}
            words.setdefault(str(dialect), {}).update(rest)
    return tuple(_replacement(dialect, own) for dialect, own in words.items())


def _replacement(target: str, words: Mapping[str, str]) -> Replacement:
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(map(re.escape, longest_first))
    return Replacement(target, dict(words), re.compile(rf"(?<!\w)([وف])?({either})(?!\w)"))

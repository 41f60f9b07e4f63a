"""Which calls are worth a reviewer's time, drawn so that rates of all calls can be estimated.

Three strata. ``random`` is a simple random sample of all calls and finds what the machine misses;
``flagged`` and ``uncertain`` add calls of which the machine thinks so and that were not drawn yet.
With ``per`` the numbers are those of each agent, vendor or service channel.

A call's probability of being in the sample is known exactly, which makes the Horvitz-Thompson
estimator (Horvitz & Thompson 1952, J. Am. Stat. Assoc. 47) of any total unbiased: add up ``1 / p``.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import comb
from typing import Literal

from audit.errors import UsageError
from audit.store.reviews import FrameCall, Opinion, Sample, SampleCell, SampleItem, Stratum

Blind = Literal["random", "all", "none"]

_OPINIONS: tuple[Opinion, ...] = ("flagged", "uncertain", "clean")
_GROUPS: dict[str, Callable[[FrameCall], str | None]] = {
    "agent": lambda call: call.agent_id,
    "vendor": lambda call: call.vendor,
    "channel": lambda call: call.service_channel,
}
#: The group of calls of which the agent, vendor or channel is not known.
UNKNOWN_GROUP = "unknown"
_EXAMPLE = "random=20,flagged=20,uncertain=10,per=vendor,double=0.2,seed=7"


@dataclass(frozen=True, slots=True)
class SampleSpecification:
    """What to draw. ``double`` is the share of calls that two people judge, blind, in ``[0, 1]``."""

    random: int = 0
    flagged: int = 0
    uncertain: int = 0
    per: str = "all"
    double: float = 0.0
    blind: Blind = "random"
    seed: int = 0
    since: datetime | None = None
    until: datetime | None = None
    reviewers: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [
            f"random={self.random}", f"flagged={self.flagged}", f"uncertain={self.uncertain}",
            f"per={self.per}", f"double={self.double:g}", f"blind={self.blind}",
            f"seed={self.seed}",
        ]  # fmt: skip
        if self.since:
            parts.append(f"since={self.since:%Y-%m-%d}")
        if self.until:
            parts.append(f"until={self.until:%Y-%m-%d}")
        if self.reviewers:
            parts.append(f"reviewers={'+'.join(self.reviewers)}")
        return ",".join(parts)


def parse_specification(text: str) -> SampleSpecification:
    """``random=20,flagged=20,per=agent,double=0.2,seed=7`` as a specification.

    Raises ``UsageError`` that names the part. Without ``seed`` one is drawn, and stored with the
    sample. Days are those of UTC; ``until`` is the day after the last one.
    """
    values: dict[str, str] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _READERS:
            raise UsageError(
                f"--sample {part!r}: known are {', '.join(_READERS)}; for example {_EXAMPLE}"
            )
        if name in values:
            raise UsageError(f"--sample: {name} is given twice")
        values[name] = value
    read = {name: _READERS[name](name, value) for name, value in values.items()}
    chosen = SampleSpecification(**{"seed": random.SystemRandom().getrandbits(29), **read})  # type: ignore[arg-type]
    if not chosen.random + chosen.flagged + chosen.uncertain:
        raise UsageError(f"--sample: give random, flagged or uncertain; for example {_EXAMPLE}")
    if chosen.double and len(chosen.reviewers) == 1:
        raise UsageError("--sample: double needs two reviewers or more, or none named")
    if chosen.since and chosen.until and chosen.since >= chosen.until:
        raise UsageError("--sample: since must be before until")
    return chosen


def _count(name: str, value: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value):
        raise UsageError(f"--sample {name}={value}: must be a whole number, 0 or more")
    return int(value)


def _share(name: str, value: str) -> float:
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"--sample {name}={value}: must be a share from 0 to 1")
    return share


def _choice(*known: str) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in known:
            raise UsageError(f"--sample {name}={value}: must be one of {', '.join(known)}")
        return value

    return read


def _day(name: str, value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"--sample {name}={value}: must be a day as 2026-11-24") from None


def _names(name: str, value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split("+"))
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"--sample {name}={value}: names joined by +, each once")
    return names


_READERS: dict[str, Callable[[str, str], object]] = {
    "random": _count,
    "flagged": _count,
    "uncertain": _count,
    "per": _choice("all", *_GROUPS),
    "double": _share,
    "blind": _choice("random", "all", "none"),
    "seed": _count,
    "since": _day,
    "until": _day,
    "reviewers": _names,
}


def inclusion_probability(population: int, cell: int, drawn: int, extra: int) -> Fraction:
    """The probability that a given call of a cell is drawn, exactly.

    ``drawn`` of ``population`` calls are drawn at random; then up to ``extra`` of those of the cell
    (which has ``cell`` calls) that are left. By symmetry inside the cell it is
    ``E[min(R + extra, cell)] / cell``, with R hypergeometric. All arguments are within
    ``0 <= drawn <= population`` and ``1 <= cell <= population``.
    """
    ways = comb(population, drawn)
    expected = Fraction(drawn * cell, population) + extra
    for hits in range(max(0, cell - extra + 1, drawn - (population - cell)), min(drawn, cell) + 1):
        chance = Fraction(comb(cell, hits) * comb(population - cell, drawn - hits), ways)
        expected -= chance * (hits + extra - cell)
    return expected / cell


def draw_sample(calls: Sequence[FrameCall], wanted: SampleSpecification) -> Sample:
    """Draw from ``calls``, which are in order of call_id; the same calls and seed give the same sample.

    Raises ``UsageError`` when there is nothing to draw from.
    """
    if not calls:
        raise UsageError("--sample: no audited call to draw from; check since and until")
    chance = random.Random(wanted.seed)
    drawn: list[_Drawn] = []
    cells: list[SampleCell] = []
    for group, members in _groups(calls, wanted.per).items():
        found = _draw_group(members, wanted, chance)
        drawn += [(call, stratum, probability, group) for call, stratum, probability in found]
        for opinion in _OPINIONS:
            population = sum(call.opinion == opinion for call in members)
            selected = sum(call.opinion == opinion for call, _, _ in found)
            cells.append(SampleCell(group, opinion, population, selected))
    if not drawn:
        raise UsageError("--sample: the machine flagged no such call; give random=…, too")
    chance.shuffle(drawn)
    doubled = set(chance.sample(range(len(drawn)), round(wanted.double * len(drawn))))
    items = tuple(
        SampleItem(
            call_id=call.call_id,
            position=position,
            stratum=stratum,
            quota_group=group,
            opinion=call.opinion,
            probability=float(probability),
            blind=_is_blind(stratum, position in doubled, wanted.blind),
            readers=2 if position in doubled else 1,
            assigned=_assigned(wanted.reviewers, position, 2 if position in doubled else 1),
        )
        for position, (call, stratum, probability, group) in enumerate(drawn)
    )
    return Sample(str(wanted), wanted.seed, items, tuple(cells))


_Drawn = tuple[FrameCall, Stratum, Fraction, str | None]


def _groups(calls: Sequence[FrameCall], per: str) -> dict[str | None, list[FrameCall]]:
    if per == "all":
        return {None: list(calls)}
    groups: dict[str | None, list[FrameCall]] = {}
    for call in calls:
        groups.setdefault(_GROUPS[per](call) or UNKNOWN_GROUP, []).append(call)
    return groups


def _draw_group(
    members: Sequence[FrameCall], wanted: SampleSpecification, chance: random.Random
) -> list[tuple[FrameCall, Stratum, Fraction]]:
    drawn = min(wanted.random, len(members))
    found: list[tuple[FrameCall, Stratum]] = [
        (call, "random") for call in chance.sample(members, drawn)
    ]
    taken = {call.call_id for call, _ in found}
    strata: tuple[tuple[Stratum, int], ...] = (
        ("flagged", wanted.flagged),
        ("uncertain", wanted.uncertain),
    )
    for stratum, number in strata:
        left = [c for c in members if c.opinion == stratum and c.call_id not in taken]
        found += [(call, stratum) for call in chance.sample(left, min(number, len(left)))]
    extra = {"flagged": wanted.flagged, "uncertain": wanted.uncertain, "clean": 0}
    sizes = {o: sum(call.opinion == o for call in members) for o in _OPINIONS}
    probability = {
        opinion: inclusion_probability(len(members), size, drawn, min(extra[opinion], size))
        for opinion, size in sizes.items()
        if size
    }
    return [(call, stratum, probability[call.opinion]) for call, stratum in found]


def _is_blind(stratum: Stratum, doubled: bool, blind: Blind) -> bool:
    return doubled or blind == "all" or (blind == "random" and stratum == "random")


def _assigned(reviewers: tuple[str, ...], position: int, readers: int) -> tuple[str, ...]:
    """Turn by turn, so that everybody gets as many; nobody where no reviewer is named."""
    if not reviewers:
        return ()
    return tuple(reviewers[(position + i) % len(reviewers)] for i in range(readers))

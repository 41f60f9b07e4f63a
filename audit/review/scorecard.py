"""The evaluation form: its reading and checking, automatic answers, and the score it comes to.

A form has sections, a section has criteria; each is answered yes, no or not applicable, and worded so
that yes is good. ``[scorecard]`` of ``tasleek.toml`` holds a form of one's own (docs/review.md); without
it the one beside this module serves.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from audit.config import CONFIG_FILE
from audit.errors import ConfigError
from audit.store.reviews import Answer, FormResult
from audit.types import LABELS, POSITIVES, RESOLUTIONS

ANSWERS: tuple[Answer, ...] = ("yes", "no", "na")


@dataclass(frozen=True, slots=True)
class Automatic:
    """How a criterion answers itself. Exactly one of the four is set.

    ``flags_absent``: no if one of these labels is flagged, else yes. ``resolution``: yes if the call's
    is among these, else no. ``positives``: yes if an agent turn shows one of these; else unanswered,
    for not being seen proves nothing. ``measure``: yes if that column of ``calls`` is within
    ``at_least`` and ``at_most``, no if outside, unanswered where it is not known.
    """

    flags_absent: tuple[str, ...] = ()
    resolution: tuple[str, ...] = ()
    positives: tuple[str, ...] = ()
    measure: str = ""
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """A question. ``critical``: a no fails the call whatever the rest is."""

    id: str
    ar: str
    en: str
    weight: float
    critical: bool
    automatic: Automatic | None


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    ar: str
    en: str
    weight: float
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A whole form. A call passes from ``pass_score`` (0..100) on."""

    name: str
    version: str
    pass_score: float
    sections: tuple[Section, ...]

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return tuple(criterion for section in self.sections for criterion in section.criteria)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @property
    def sha256(self) -> str:
        """Hash of the whole content, hex: two forms with the same hash ask and count the same."""
        text = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the machine found in a call, as far as a form can ask for it."""

    flags: frozenset[str]
    resolution: str | None
    positives: frozenset[str]
    measures: Mapping[str, float]


def load_scorecard(config: Path | None = None) -> Scorecard:
    """The form of the configuration file, or the one that comes with tasleek.

    ``config`` must exist where it is given; else ``tasleek.toml`` of the current folder is looked at.
    Raises ``ConfigError`` that names the file, the place in it and what would be right.
    """
    file = config or Path(CONFIG_FILE)
    if config is not None and not config.is_file():
        raise ConfigError(f"{config}: no such configuration file; give an existing one to --config")
    if file.is_file():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read as UTF-8 text ({error})") from error
        except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
            raise ConfigError(f"{file}: not valid TOML: {error}") from error
        if "scorecard" in values:
            return parse_scorecard(values["scorecard"], str(file))
    return default_scorecard()


def default_scorecard() -> Scorecard:
    """The form that comes with tasleek: what the taxonomy asks, for Arabic contact centres."""
    source = files("audit.review").joinpath("scorecard.toml")
    values = tomllib.loads(source.read_text(encoding="utf-8"))
    return parse_scorecard(values["scorecard"], source.name)


def parse_scorecard(value: Any, origin: str) -> Scorecard:
    """A form from the values of a TOML table. Raises ``ConfigError``."""
    table = _Table(value, origin, "scorecard")
    table.only("name", "version", "pass_score", "sections")
    card = Scorecard(
        table.text("name"),
        table.text("version"),
        table.number("pass_score", 75.0, 0.0, 100.0),
        tuple(_section(entry) for entry in table.tables("sections")),
    )
    ids = [section.id for section in card.sections] + [c.id for c in card.criteria]
    for name in ids:
        if ids.count(name) > 1:
            raise table.error(
                f"the id {name!r} is given twice; ids are those of the stored answers"
            )
    if not any(s.weight * c.weight for s in card.sections for c in s.criteria):
        raise table.error("all weights are 0, so no score can come out; give one a weight")
    return card


def _section(table: _Table) -> Section:
    table.only("id", "ar", "en", "weight", "criteria")
    return Section(
        table.id(),
        table.text("ar"),
        table.text("en"),
        table.number("weight", 1.0, 0.0, 1e6),
        tuple(_criterion(entry) for entry in table.tables("criteria")),
    )


def _criterion(table: _Table) -> Criterion:
    table.only("id", "ar", "en", "weight", "critical", "automatic")
    critical = table.values.get("critical", False)
    if not isinstance(critical, bool):
        raise table.error("critical must be true or false")
    automatic = table.values.get("automatic")
    return Criterion(
        table.id(),
        table.text("ar"),
        table.text("en"),
        table.number("weight", 1.0, 0.0, 1e6),
        critical,
        None if automatic is None else _automatic(table.inner("automatic")),
    )


def _automatic(table: _Table) -> Automatic:
    table.only("flags_absent", "resolution", "positives", "measure", "at_least", "at_most")
    kinds = [k for k in ("flags_absent", "resolution", "positives", "measure") if k in table.values]
    if len(kinds) != 1:
        raise table.error("give exactly one of flags_absent, resolution, positives, measure")
    limits = {k: table.number(k, 0.0, -1e12, 1e12) for k in _LIMITS if k in table.values}
    if kinds == ["measure"] and not limits:
        raise table.error("a measure needs at_least or at_most")
    if kinds != ["measure"] and limits:
        raise table.error("at_least and at_most belong to a measure")
    return Automatic(
        flags_absent=table.choices("flags_absent", LABELS),
        resolution=table.choices("resolution", RESOLUTIONS),
        positives=table.choices("positives", POSITIVES),
        measure=table.text("measure") if kinds == ["measure"] else "",
        **limits,
    )


_LIMITS = ("at_least", "at_most")


class _Table:
    """A table of the TOML file that knows where it stands, so that errors can say it."""

    def __init__(self, values: Any, origin: str, where: str) -> None:
        self._origin = origin
        self._where = where
        if not isinstance(values, dict):
            raise self.error("must be a table; docs/review.md shows a whole form")
        self.values: dict[str, Any] = values

    def error(self, message: str) -> ConfigError:
        return ConfigError(f"{self._origin}: [{self._where}] {message}")

    def only(self, *known: str) -> None:
        for name in self.values:
            if name not in known:
                raise self.error(f"unknown entry {name!r}; known here: {', '.join(known)}")

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{name} must be text, in quotes")
        return value.strip()

    def id(self) -> str:
        value = self.text("id")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
            raise self.error(f"id {value!r} must be small Latin letters, digits and _")
        self._where = f"{self._where} {value}"
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(f"{name} must be a number, not {value!r}")
        if not least <= value <= most:
            raise self.error(f"{name} must be from {least:g} to {most:g}, not {value!r}")
        return float(value)

    def choices(self, name: str, known: tuple[str, ...]) -> tuple[str, ...]:
        if name not in self.values:
            return ()
        value = self.values[name]
        if not isinstance(value, list) or not value:
            raise self.error(f"{name} must be a list with one entry or more")
        for entry in value:
            if entry not in known:
                raise self.error(f"{name}: {entry!r} is none of {', '.join(known)}")
        return tuple(value)

    def inner(self, name: str) -> _Table:
        return _Table(self.values[name], self._origin, f"{self._where}.{name}")

    def tables(self, name: str) -> list[_Table]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            raise self.error(f"needs [[{self._where.split()[0]}.{name}]], one or more")
        return [_Table(entry, self._origin, f"{self._where}.{name}") for entry in value]


def automatic_answer(criterion: Criterion, facts: FormFacts) -> Answer | None:
    """The answer that follows from what the machine found; None where nothing follows."""
    rule = criterion.automatic
    if rule is None:
        return None
    if rule.flags_absent:
        return "no" if facts.flags.intersection(rule.flags_absent) else "yes"
    if rule.positives:
        return "yes" if facts.positives.intersection(rule.positives) else None
    if rule.resolution:
        if facts.resolution is None:
            return None
        return "yes" if facts.resolution in rule.resolution else "no"
    value = facts.measures.get(rule.measure)
    if value is None:
        return None
    low = rule.at_least is None or value >= rule.at_least
    high = rule.at_most is None or value <= rule.at_most
    return "yes" if low and high else "no"


def automatic_answers(card: Scorecard, facts: FormFacts) -> dict[str, Answer]:
    """Every criterion that answers itself, by id."""
    found = {criterion.id: automatic_answer(criterion, facts) for criterion in card.criteria}
    return {name: answer for name, answer in found.items() if answer is not None}


def score_form(card: Scorecard, answers: Mapping[str, Answer]) -> FormResult:
    """What a form comes to.

    A section's score is the weight of its yes answers over the weight of its yes and no answers; the
    whole is the mean of its sections by their weight, those in which nothing applies left out. A no to
    a critical criterion makes the score 0 and fails the call.
    """
    total = weight = 0.0
    for section in card.sections:
        given = [(c, answers[c.id]) for c in section.criteria if answers.get(c.id) in ("yes", "no")]
        counted = sum(criterion.weight for criterion, _ in given)
        if counted > 0 and section.weight > 0:
            good = sum(criterion.weight for criterion, answer in given if answer == "yes")
            total += section.weight * good / counted
            weight += section.weight
    failed = tuple(c.id for c in card.criteria if c.critical and answers.get(c.id) == "no")
    weighted = 100.0 * total / weight if weight else None
    score = 0.0 if failed else weighted
    return FormResult(
        weighted_score=weighted,
        score=score,
        passed=None if score is None else not failed and score >= card.pass_score,
        failed_critical=failed,
        complete=all(c.id in answers for c in card.criteria),
    )

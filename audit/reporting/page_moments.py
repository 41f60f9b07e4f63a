"""Flagged moments and calls to praise as the page shows them: a card a call, with what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from audit.reporting import figures
from audit.reporting.excerpt_links import ExcerptLinks
from audit.reporting.page_tables import Choice, name_text
from audit.reporting.report import Language, ReportTable
from audit.reporting.wording import code_text

_CHOSEN_BY = ("agent_id", "vendor", "service_channel", "queue")
_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label of a turn. ``probability`` is empty where people added it; the label is only the nearest
    kind unless ``is_sure``."""

    code: str
    title: str
    probability: str
    confirmed: bool
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class TurnView:
    """``parts`` are the agent's words in order, each with whether it weighed in the classifier."""

    labels: tuple[LabelView, ...]
    at: str
    caller: str
    parts: tuple[tuple[str, bool], ...]
    href: str | None


@dataclass(frozen=True, slots=True)
class CallView:
    """A call with its moments. ``verdict`` is a name of the page's words; ``score`` 0..100 or empty."""

    call_id: str
    at: str
    facts: tuple[str, ...]
    verdict: str
    unsure: bool
    score: str
    score_share: float
    ending: str
    turns: tuple[TurnView, ...]
    keys: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class MomentsView:
    id: str
    calls: tuple[CallView, ...]
    choices: tuple[Choice, ...]
    shown_rows: int
    total_rows: int


def flagged_moments(
    table: ReportTable, language: Language, excerpts: ExcerptLinks, label_title: str
) -> MomentsView:
    """The flags of the worst calls, those of one call together and of one turn in one place."""
    calls = []
    for call_id, rows in groupby(table.records(), key=lambda row: row["call_id"]):
        calls.append(_call(str(call_id), list(rows), language, excerpts))
    labels = dict.fromkeys(
        label.title for call in calls for turn in call.turns for label in turn.labels
    )
    choices = [Choice("label", label_title, tuple(labels))] if len(labels) > 1 else []
    return MomentsView(
        id=table.name,
        calls=tuple(calls),
        choices=(*choices, *_choices(table, calls, language)),
        shown_rows=len(table.rows),
        total_rows=table.total_rows,
    )


def praised_calls(
    table: ReportTable, language: Language, excerpts: ExcerptLinks, most: int
) -> MomentsView:
    """The best calls, each with the turn that shows it."""
    rows = table.records()[:most]
    calls = tuple(_call(str(row["call_id"]), [row], language, excerpts) for row in rows)
    return MomentsView(table.name, calls, (), len(calls), table.total_rows)


def _choices(table: ReportTable, calls: Sequence[CallView], language: Language) -> Iterable[Choice]:
    titles = {column.name: column.title.text(language) for column in table.columns}
    for key in _CHOSEN_BY:
        options = tuple(
            sorted({value for call in calls for name, value in call.keys if name == key})
        )
        if 1 < len(options) <= _MOST_CHOICES:
            yield Choice(key, titles[key], options)


def _call(
    call_id: str, rows: list[dict[str, Any]], language: Language, excerpts: ExcerptLinks
) -> CallView:
    first = rows[0]
    keys = tuple((key, name_text(key, first[key], language)) for key in _CHOSEN_BY)
    turns = tuple(
        _turn(call_id, list(group), language, excerpts)
        for _, group in groupby(rows, key=lambda row: row["turn_index"])
    )
    score = first["brush_off_score"]
    return CallView(
        call_id=figures.visible(call_id),
        at=figures.moment(first["started_at"]) if first["started_at"] else "",
        facts=tuple(text for (key, text) in keys if first[key] is not None),
        verdict="brushed_off" if first.get("brushed_off") else "not_brushed_off",
        unsure=bool(first.get("unsure")),
        score="" if score is None else f"{score:.0f}",
        score_share=0.0 if score is None else round(score, 1),
        ending=code_text(first["resolution"], language) if first["resolution"] else "",
        turns=turns,
        keys=keys,
        text=" ".join((call_id, *(text for _, text in keys))),
    )


def _turn(
    call_id: str, rows: list[dict[str, Any]], language: Language, excerpts: ExcerptLinks
) -> TurnView:
    first = rows[0]
    said = figures.visible(first["text"] or "")
    words = [word for row in rows for word in row.get("evidence") or ()]
    return TurnView(
        labels=tuple(_labels(rows, language)),
        at=figures.duration(first["start_ms"]) if first["start_ms"] is not None else "",
        caller=figures.visible(first.get("caller_text") or ""),
        parts=marked_parts(said, words),
        href=excerpts.href(call_id, first["turn_index"])
        if first["turn_index"] is not None
        else None,
    )


def _labels(rows: list[dict[str, Any]], language: Language) -> Iterable[LabelView]:
    for row in rows:
        if "label" in row:
            score = row["label_score"]
            probability = "" if score is None else figures.shown("probability", score, language)
            yield LabelView(
                row["label"],
                code_text(row["label"], language),
                probability,
                bool(row["confirmed"]),
                bool(row["kind_sure"]),
            )
        for positive in row.get("positives") or ():
            yield LabelView(positive, code_text(positive, language), "", False)


def marked_parts(said: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """``said`` cut where ``words`` stand in it as whole words, each part with whether it is one."""
    wanted = sorted(
        {figures.visible(word) for word in words if word.strip()}, key=len, reverse=True
    )
    if not wanted:
        return ((said, False),) if said else ()
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, wanted))})(?!\w)")
    parts = pattern.split(said)  # every second part is one of the words
    return tuple((part, at % 2 == 1) for at, part in enumerate(parts) if part)

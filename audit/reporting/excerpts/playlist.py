"""The page that plays the excerpts in their order, with the words lighting up, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup

from audit.reporting import figures
from audit.reporting.excerpts.captions import CaptionLine
from audit.reporting.excerpts.folder import ITEM_MARKS
from audit.reporting.excerpts.making import Excerpt
from audit.reporting.excerpts.playlist_words import playlist_words
from audit.reporting.report import Language
from audit.reporting.standalone import (
    content_policy,
    page_environment,
    style_with_typeface,
    theme,
)
from audit.reporting.wording import code_text
from audit.types import POSITIVES, Word

_PLACEHOLDER_START = "["


@dataclass(frozen=True, slots=True)
class _Line:
    role: str
    of_moment: bool
    start_ms: int
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    marks: tuple[Markup, Markup]
    href: str
    file: str
    kinds: tuple[tuple[str, str, bool], ...]
    reviewed: str
    facts: tuple[str, ...]
    at: str
    agent: str
    duration: str
    moment_ms: int
    lines: tuple[_Line, ...]


def write_playlist(
    path: Path, excerpts: Sequence[Excerpt], *, language: Language, made_at: datetime, show_calls: bool,
) -> None:  # fmt: skip
    """Write the page beside the files of ``excerpts``; ``show_calls``: with the ids of their calls.

    Scripts and styles run by their hash alone (Content Security Policy, level 2), so that nothing
    in what was said or in a name can. Raises ``OSError``.
    """
    style, script = style_with_typeface("playlist.css"), theme("playlist.js")
    items = [_item(excerpt, language, show_calls) for excerpt in excerpts]
    kinds = dict(pair[:2] for item in items for pair in item.kinds)
    page = _environment().get_template("playlist.html.jinja").render(
        lang=language,
        dir="rtl" if language == "ar" else "ltr",
        words=playlist_words(language),
        policy=content_policy(style, script, plays=True),
        style=Markup(style),
        script=Markup(script),
        items=items,
        kinds=kinds,
        made=figures.moment_in_zone(made_at),
        bleeps=any(excerpt.bleeps for excerpt in excerpts),
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")


def _item(excerpt: Excerpt, language: Language, show_call: bool) -> _Item:
    moment = excerpt.moment
    facts = [excerpt.call_id] if show_call else []
    facts += [
        moment.vendor or "",
        *(code_text(told or "", language) for told in (moment.service_channel, moment.dialect)),
    ]
    if excerpt.started_at:
        facts.append(figures.day(excerpt.started_at.date(), language))
    begin, end = (mark.format(excerpt.file) for mark in ITEM_MARKS)
    return _Item(
        number=excerpt.number,
        marks=(Markup(begin), Markup(end)),
        href=quote(excerpt.file),
        file=excerpt.file,
        kinds=tuple(
            (label.label, code_text(label.label, language), label.label in POSITIVES)
            for label in moment.labels
        ),
        reviewed=moment.labels[0].reviewed,
        facts=tuple(figures.visible(fact) for fact in facts if fact),
        at=figures.duration(moment.start_ms),
        agent=figures.visible(excerpt.agent_id or ""),
        duration=figures.duration(excerpt.cut.span.duration_ms),
        moment_ms=max(0, moment.start_ms - excerpt.cut.start_ms),
        lines=tuple(_line(line, moment.turn_index) for line in excerpt.lines),
    )


def _line(line: CaptionLine, moment_turn: int) -> _Line:
    words = tuple(
        Word(word.start_ms, word.end_ms, figures.visible(word.text), word.probability)
        for word in line.words
    )
    text = figures.visible(line.text)
    return _Line(line.role, line.turn_index == moment_turn, line.start_ms, text, words)


def _environment() -> Environment:
    environment = page_environment()
    environment.tests["placeholder"] = lambda text: text.startswith(_PLACEHOLDER_START)
    return environment

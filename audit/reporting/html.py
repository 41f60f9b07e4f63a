"""The report as one HTML file that asks nothing of the network, Arabic first."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from audit.reporting import figures
from audit.reporting.about import guide, period
from audit.reporting.excerpt_links import NO_EXCERPTS, ExcerptLinks
from audit.reporting.page_charts import MARKS
from audit.reporting.page_sections import PageSections
from audit.reporting.page_words import page_words
from audit.reporting.report import Language, Report
from audit.reporting.sentences import END, FIRST_STRONG, LEFT_TO_RIGHT
from audit.reporting.standalone import (
    content_policy,
    page_environment,
    style_with_typeface,
    theme,
)
from audit.reporting.wording import described_selection

_ISOLATES = {FIRST_STRONG: "<bdi>", LEFT_TO_RIGHT: '<bdi dir="ltr">', END: "</bdi>"}


def write_html(
    report: Report, out: Path, *, language: Language, excerpts: ExcerptLinks = NO_EXCERPTS
) -> None:
    """Write ``report`` to ``out`` as a page that stands alone; only excerpts lie outside of it.

    Scripts and styles run by their hash alone (Content Security Policy, level 2), so that nothing in
    the texts of calls or the names of agents can. Raises ``OSError`` when ``out`` cannot be written.
    """
    style = style_with_typeface("report.css")
    script = theme("report.js")
    page = _environment().get_template("report.html.jinja").render(
        lang=language,
        dir="rtl" if language == "ar" else "ltr",
        words=page_words(language),
        policy=content_policy(style, script, plays=bool(excerpts.files)),
        style=Markup(style),
        script=Markup(script),
        sections=PageSections(report, language, excerpts).sections(),
        marks=MARKS,
        plays=bool(excerpts.files),
        guide=guide(report, language),
        selection=described_selection(report.selection, language),
        period=period(report, language),
        report=report,
        min_calls=report.selection.min_calls,
        made=figures.moment_in_zone(report.generated_at),
    )  # fmt: skip
    out.write_text(page, encoding="utf-8")


def _environment() -> Environment:
    environment = page_environment()
    environment.filters["isolated"] = isolated
    environment.filters["worded"] = _worded
    return environment


def isolated(sentence: str) -> Markup:
    """A sentence made by ``sentences``, its isolates as elements, which text copied from it lacks."""
    text = str(escape(sentence))
    for mark, element in _ISOLATES.items():
        text = text.replace(mark, element)
    return Markup(text)


@pass_context
def _worded(context: Context, key: str, **parts: object) -> str:
    """The words ``key`` of the page with ``parts`` in them."""
    words: dict[str, str] = context["words"]
    return words[key].format(**parts)

"""The report as one HTML file that asks nothing of the network, Arabic first."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
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
from audit.reporting.typeface import web_fonts
from audit.reporting.wording import described_selection
from audit.resources import resource_path

_ISOLATES = {FIRST_STRONG: "<bdi>", LEFT_TO_RIGHT: '<bdi dir="ltr">', END: "</bdi>"}


def write_html(
    report: Report, out: Path, *, language: Language, excerpts: ExcerptLinks = NO_EXCERPTS
) -> None:
    """Write ``report`` to ``out`` as a page that stands alone; only excerpts lie outside of it.

    Scripts and styles run by their hash alone (Content Security Policy, level 2), so that nothing in
    the texts of calls or the names of agents can. Raises ``OSError`` when ``out`` cannot be written.
    """
    style = _style()
    script = _read("theme/report.js")
    page = _environment().get_template("report.html.jinja").render(
        lang=language,
        dir="rtl" if language == "ar" else "ltr",
        words=page_words(language),
        policy=_policy(style, script, plays=bool(excerpts.files)),
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
        made=figures.moment(report.generated_at),
    )  # fmt: skip
    out.write_text(page, encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(resource_path("reports/templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["isolated"] = isolated
    environment.filters["visible"] = figures.visible
    environment.filters["count"] = figures.count
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


def _style() -> str:
    faces = "".join(
        f'@font-face{{font-family:"report face";font-weight:{weight};font-display:block;'
        f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
        for weight, font in web_fonts().items()
    )
    return faces + _read("theme/report.css")


def _read(name: str) -> str:
    return resource_path(f"reports/{name}").read_text(encoding="utf-8")


def _policy(style: str, script: str, *, plays: bool) -> str:
    parts = [
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if plays:
        parts.append("media-src 'self' file:")
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"

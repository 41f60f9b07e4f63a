"""What every page of ours that stands alone is made of: templates, theme, typeface, policy."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from audit.reporting import figures
from audit.reporting.typeface import web_fonts
from audit.resources import resource_path


def page_environment() -> Environment:
    """The templates under ``reports/templates``: what they are given is text, never mark-up."""
    environment = Environment(
        loader=FileSystemLoader(resource_path("reports/templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = figures.visible
    environment.filters["count"] = figures.count
    return environment


def theme(name: str) -> str:
    """A style or a script under ``reports/theme``."""
    return resource_path(f"reports/theme/{name}").read_text(encoding="utf-8")


def style_with_typeface(name: str) -> str:
    """The style ``name``, with the typeface of reports in it as the family "report face"."""
    faces = "".join(
        f'@font-face{{font-family:"report face";font-weight:{weight};font-display:block;'
        f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
        for weight, font in web_fonts().items()
    )
    return faces + theme(name)


def content_policy(style: str, script: str | None = None, *, plays: bool = False) -> str:
    """A Content Security Policy (level 2) under which nothing runs or loads but what is told here.

    Style and script are let in by their hash; sound only where the page ``plays`` files beside it.
    """
    parts = ["default-src 'none'", f"style-src '{_hash(style)}'"]
    if script is not None:
        parts.append(f"script-src '{_hash(script)}'")
    parts += ["font-src data:", "base-uri 'none'", "form-action 'none'"]
    if plays:
        parts.append("media-src 'self' file:")
    return "; ".join(parts)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"

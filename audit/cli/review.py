"""`tasleek review`: people judge calls and flags."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import ConfigOption, DatabaseOption

if TYPE_CHECKING:
    from audit.store.reviews import Sample


class ScreenLanguage(StrEnum):
    ar = "ar"
    en = "en"


def register(app: typer.Typer) -> None:
    app.command("review")(review)


def review(
    db: DatabaseOption = Path("tasleek.duckdb"),
    reviewer: Annotated[
        str | None,
        typer.Option("--reviewer", help="Your name, as it is stored with your verdicts."),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(
            "--sample",
            help="Draw a new queue, such as random=20,flagged=20,uncertain=10,per=vendor,"
            "double=0.2,seed=7 (default: the newest one drawn, else every audited call).",
        ),
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="Hide the machine's opinion of every call until judged.")
    ] = False,
    text: Annotated[
        bool, typer.Option("--text", help="Judge in this terminal instead of the browser.")
    ] = False,
    lang: Annotated[
        ScreenLanguage, typer.Option("--lang", help="Language of the screen.")
    ] = ScreenLanguage.ar,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port of this machine (default: free).")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the link only.")] = False,
    bleep: Annotated[
        bool, typer.Option("--bleep", help="Cover personal data in what is heard.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Judge calls and flags in the browser (or here); every verdict is stored at once."""
    from audit.config import load_config
    from audit.errors import StoreError, UsageError
    from audit.review.desk import ReviewDesk
    from audit.review.sampling import parse_specification
    from audit.review.scorecard import load_scorecard
    from audit.review.verdicts import checked_name
    from audit.store.review_lock import reviewing

    if text and (port or no_browser or bleep):
        raise UsageError("--text opens no page: --port, --no-browser and --bleep do not go with it")
    settings = load_config(config)
    wanted = parse_specification(sample) if sample is not None else None
    name = checked_name(reviewer) if reviewer is not None else None
    card = load_scorecard(config)
    if not db.is_file():
        raise StoreError(f"{db}: no such database; `tasleek audit RECORDINGS --db {db}` makes one")
    with reviewing(db) as hold:
        desk = ReviewDesk(db, card, blind=blind, hold=hold, plain=_plain(settings.privacy.keep_pii))
        desk.rest_when_idle()
        if wanted is not None:
            _print_sample(desk.draw(wanted))
        if text:
            from audit.cli.review_terminal import review_in_terminal

            review_in_terminal(desk, name, lang.value)
            return
        from audit.review.playback import Playback
        from audit.review.serve import ScreenOptions, serve

        options = ScreenOptions(name, lang.value, port, not no_browser)
        covered = desk.private_spans if bleep else None
        serve(desk, Playback(db, settings.ingest, covered), options)


def _plain(keep_pii: bool) -> Callable[[str], str]:
    """Comments lose personal data as turns do, unless it is kept."""

    def plain(comment: str) -> str:
        from audit.language.redaction import redact

        return comment if keep_pii else redact(comment).text

    return plain


def _print_sample(sample: Sample) -> None:
    from collections import Counter

    strata = Counter(item.stratum for item in sample.items)
    drawn = ", ".join(f"{count} {stratum}" for stratum, count in sorted(strata.items()))
    twice = sum(item.readers > 1 for item in sample.items)
    blind = sum(item.blind for item in sample.items)
    population = sum(cell.population for cell in sample.cells)
    print(
        f"drawn {len(sample.items)} of {population} calls ({drawn}), {blind} blind, {twice} of them "
        f"for two reviewers\n  the same again: --sample {sample.specification}"
    )

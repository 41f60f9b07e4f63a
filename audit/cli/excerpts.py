"""`tasleek excerpts`: moments of calls as sound, to be played in class."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from audit.cli.options import ConfigOption, DatabaseOption, DialectOption, JsonOption
from audit.cli.reports import ReportLanguage

if TYPE_CHECKING:
    from audit.config import Config
    from audit.reporting.excerpts.making import Excerpt, ExcerptFailure, Plan, Tools


class ExcerptFormat(StrEnum):
    mp3 = "mp3"
    opus = "opus"
    wav = "wav"


class ReviewedMoments(StrEnum):
    confirmed = "confirmed"
    rejected = "rejected"
    unreviewed = "unreviewed"


def register(app: typer.Typer) -> None:
    app.command("excerpts")(excerpts)


def excerpts(
    out: Annotated[
        Path, typer.Option(help="Folder to write; new, empty, or made by this command.")
    ],
    db: DatabaseOption = Path("tasleek.duckdb"),
    label: Annotated[
        list[str] | None,
        typer.Option(help="Only this kind of brush-off (placation …); may be given again."),
    ] = None,
    positive: Annotated[
        list[str] | None,
        typer.Option(
            help="Good handling instead: commitment, ownership, resolution, empathy; beside --label, "
            "both. May be given again."
        ),
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only calls of this agent.")] = None,
    vendor: Annotated[str | None, typer.Option(help="Only calls of this vendor.")] = None,
    service_channel: Annotated[
        str | None, typer.Option(help="Only calls of this service channel.")
    ] = None,
    queue: Annotated[str | None, typer.Option(help="Only calls of this queue.")] = None,
    dialect: DialectOption = None,
    min_score: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Only labels whose probability is at least this."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only calls from this day on (2026-11-01).")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only calls up to this day, the day included."),
    ] = None,
    reviewed: Annotated[
        ReviewedMoments | None,
        typer.Option(help="Only what people confirmed, rejected, or have not judged."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=999, help="So many at most, of different agents and kinds.")
    ] = 20,
    format: Annotated[
        ExcerptFormat, typer.Option("--format", help="Format of the sound.")
    ] = ExcerptFormat.mp3,
    context: Annotated[
        float,
        typer.Option(min=0.0, max=60.0, metavar="SECONDS", help="About so much before and after."),
    ] = 4.0,
    anonymize: Annotated[
        bool,
        typer.Option(
            "--anonymize", help="Hide who the agents are: in names, lists, transcripts and sound."
        ),
    ] = False,
    lang: Annotated[ReportLanguage, typer.Option(help="Language of the page.")] = ReportLanguage.ar,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut moments of calls out of their recordings, with transcripts and a page that plays them."""
    from audit.cli.days import days
    from audit.config import load_config
    from audit.errors import UsageError
    from audit.ingest.dialects import dialect_code
    from audit.reporting.excerpt_links import LISTING
    from audit.reporting.excerpts.folder import PAGE, excerpt_folder, write_listing
    from audit.reporting.excerpts.making import ExcerptRequest, cut_excerpts, plan_excerpts
    from audit.reporting.excerpts.playlist import write_playlist
    from audit.store.excerpts import MomentFilter
    from audit.store.report_views import Selection

    settings = load_config(config)
    first, last = days(since, until)
    calls = Selection(
        since=first, until=last, agent=agent, vendor=vendor, service_channel=service_channel,
        queue=queue, dialect=dialect and dialect_code(dialect), timezone=settings.ingest.timezone,
    )  # fmt: skip
    labels = _labels(label or (), positive or ())
    chosen = MomentFilter(calls, labels, min_score, reviewed.value if reviewed else None)
    request = ExcerptRequest(chosen, limit, format.value, round(context * 1000), anonymize)
    tools = _tools(db, settings)
    plan = plan_excerpts(db, request, tools.folded)
    if not plan.moments:
        raise UsageError("no moment of this database fits all of these conditions; ask for less")
    with excerpt_folder(out) as folder:
        made, failures = cut_excerpts(plan, request, tools, folder, _told)
        write_listing(folder / LISTING, made)
        write_playlist(
            folder / PAGE, made, language=lang.value, show_calls=not anonymize,
            made_at=datetime.now(ZoneInfo(settings.ingest.timezone)),
        )  # fmt: skip
    _report(plan, made, failures, out, as_json)
    if failures:
        raise typer.Exit(1)


def _labels(labels: Sequence[str], positives: Sequence[str]) -> tuple[str, ...]:
    """The labels asked for, each known; without any, all kinds of brush-off."""
    from audit.errors import UsageError
    from audit.types import LABELS, POSITIVES

    for told, known, option in ((labels, LABELS, "--label"), (positives, POSITIVES, "--positive")):
        for name in told:
            if name not in known:
                raise UsageError(f"{option} {name!r} is unknown; known are {', '.join(known)}")
    return tuple(dict.fromkeys([*labels, *positives])) or LABELS


def _tools(db: Path, settings: Config) -> Tools:
    """The parts of other stages that excerpts are made with."""
    from audit.ingest.originals import original_sound
    from audit.ingest.spans import decode_spans
    from audit.language.agent_names import hide_agent_names
    from audit.language.normalization import normalize
    from audit.language.redaction import RedactedUtterances, redact_utterances
    from audit.reporting.excerpts.making import Hidden, Tools

    def parts(found: RedactedUtterances) -> Hidden:
        return found.utterances, found.spans

    return Tools(
        original=lambda place: original_sound(place.path, place.sha256, db.parent, settings.ingest),
        decode=decode_spans,
        hide_personal_data=lambda said: parts(redact_utterances(said)),
        hide_agent_names=lambda said, agent: parts(hide_agent_names(said, agent)),
        folded=normalize,
    )


def _told(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done}/{total} excerpts", end="\n" if done == total else "", file=sys.stderr)
    else:
        print(f"{done}/{total} excerpts", file=sys.stderr, flush=True)


def _report(
    plan: Plan,
    made: Sequence[Excerpt],
    failures: Sequence[ExcerptFailure],
    out: Path,
    as_json: bool,
) -> None:
    from audit.cli.format import duration, json_text, printable

    length_ms = sum(excerpt.cut.span.duration_ms for excerpt in made)
    if as_json:
        value = {
            "out": str(out),
            "found": plan.found,
            "alike": plan.choice.alike,
            "excerpts": [_plain(excerpt) for excerpt in made],
            "failed": [asdict(failure) for failure in failures],
            "duration_ms": length_ms,
        }
        print(json_text(value))
    else:
        print(
            printable(
                f"{len(made)} excerpts of {plan.found} moments ({duration(length_ms)}; "
                f"{plan.choice.alike} left out as nearly the same) · {out / 'playlist.html'}"
            )
        )
    for failure in failures:
        print(
            printable(f"{failure.call_id} turn {failure.turn_index}: {failure.reason}"),
            file=sys.stderr,
        )


def _plain(excerpt: Excerpt) -> dict[str, object]:
    label = excerpt.moment.labels[0]
    return {
        "file": excerpt.file,
        "call_id": excerpt.call_id,
        "turn_index": excerpt.moment.turn_index,
        "label": label.label,
        "score": label.score,
        "reviewed": label.reviewed,
        "agent": excerpt.agent_id,
        "dialect": excerpt.moment.dialect,
        "start_ms": excerpt.cut.start_ms,
        "end_ms": excerpt.cut.end_ms,
        "bleeps": len(excerpt.bleeps),
    }

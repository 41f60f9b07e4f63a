"""The figures at a glance: of the page and of the summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from audit.reporting import figures
from audit.reporting.findings import TRACED_OUTCOMES, rows_of
from audit.reporting.page_words import page_words
from audit.reporting.report import Language, Report
from audit.reporting.sentences import figure


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with what it is and what is to be known with it."""

    title: str
    text: str
    details: tuple[str, ...] = ()
    is_main: bool = False


def overview_tiles(report: Report, language: Language) -> tuple[Tile, ...]:
    """The brush-off rate and what it stands on, then the other figures at a glance."""
    table = report.table("overview")
    assert table is not None, "every report has an overview"
    titles = {column.name: column.title.text(language) for column in table.columns}
    words = page_words(language)
    row = table.records()[0]
    return (*_tiles(row, titles, words), *_promises(report, words))


def _tiles(row: dict[str, Any], titles: dict[str, str], words: dict[str, str]) -> Iterator[Tile]:
    rate, helped, score = row["brush_off_share"], row["helped_share"], row["mean_score"]
    if rate is None:
        yield Tile(titles["brush_off_share"], figures.DASH, is_main=True)
    else:
        ends = figure(figures.interval(row["share_low"], row["share_high"]))
        part, whole = figures.count(row["brushed_off"]), figures.count(row["audited"])
        details = (
            words["likely"].format(range=ends),
            words["of_calls"].format(part=part, whole=whole),
        )
        yield Tile(titles["brush_off_share"], figures.percent(rate), details, is_main=True)
    yield Tile(
        titles["helped_share"],
        figures.DASH if helped is None else figures.percent(helped),
        (words["judged_of"].format(n=figures.count(row["audited"])),),
    )
    yield Tile(titles["calls"], figures.count(row["calls"]), (_length(row["hours"] or 0, words),))
    unscored = [words["not_good"]]
    if row["failed"]:
        unscored.append(words["unreadable"].format(n=figures.count(row["failed"])))
    yield Tile(titles["unscorable"], figures.count(row["unscorable"]), tuple(unscored))
    doubts = [words["near_border"].format(n=figures.count(row["unsure"]))]
    if row["reviewed"]:
        doubts.append(words["decided"].format(n=figures.count(row["reviewed"])))
    yield Tile(
        titles["mean_score"], figures.DASH if score is None else f"{score:.0f}", tuple(doubts)
    )


def _length(hours: float, words: dict[str, str]) -> str:
    if hours < 1:
        return words["minutes"].format(n=figures.count(hours * 60))
    return words["hours"].format(n=figures.decimal(hours))


def _promises(report: Report, words: dict[str, str]) -> Iterator[Tile]:
    """Only where promises could be followed."""
    outcomes = {row["outcome"]: row["calls"] for row in rows_of(report, "promises_kept")}
    if traced := sum(outcomes.get(outcome, 0) for outcome in TRACED_OUTCOMES):
        details = (words["traced_of"].format(n=figures.count(traced)),)
        yield Tile(words["broken"], figures.count(outcomes["caller_returned"]), details)

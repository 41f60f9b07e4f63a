"""The folder of excerpts: files of others are not touched, the old set stays until the new is done."""

from __future__ import annotations

import csv
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from audit.errors import UsageError
from audit.reporting.excerpt_links import LISTING
from audit.reporting.excerpts.making import Excerpt
from audit.reporting.excerpts.names import MADE_NAME
from audit.reporting.flat_files import csv_cell
from audit.reporting.report import Cell

PAGE = "playlist.html"
_STAGING = ".tasleek-excerpts-"
#: An item of the page, so that one can be taken out (``forget_files``).
ITEM_MARKS = ("<!--excerpt {}-->", "<!--end of excerpt-->")
COLUMNS = (
    "file", "captions", "call_id", "turn_index", "label", "score", "reviewed", "labels", "agent",
    "vendor", "service_channel", "dialect", "started_at", "start_ms", "end_ms", "turn_start_ms",
    "turn_end_ms", "bleeped_ms", "text",
)  # fmt: skip


@contextmanager
def excerpt_folder(out: Path) -> Iterator[Path]:
    """A folder to write a new set of excerpts into; at the end it takes the place of ``out``'s.

    Raises ``UsageError`` when ``out`` holds anything that was not made by `tasleek excerpts`, or cannot
    be written. When the block fails, ``out`` is as it was.
    """
    _check(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=out))
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); check the path") from error
    try:
        yield staging
        _replace(out, staging)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); make room there") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check(out: Path) -> None:
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise UsageError(f"{out} is not a folder; give a new folder, or one that is empty")
    foreign = sorted(entry.name for entry in out.iterdir() if not _is_made(entry))
    if foreign:
        raise UsageError(
            f"{out} holds {foreign[0]!r}, which `tasleek excerpts` did not make; "
            "give a new folder, or one that is empty"
        )


def _is_made(entry: Path) -> bool:
    if entry.is_symlink():
        return False
    if entry.is_dir():
        return entry.name.startswith(_STAGING)  # of a run that was killed
    return entry.name in (LISTING, PAGE) or MADE_NAME.fullmatch(entry.name) is not None


def _replace(out: Path, staging: Path) -> None:
    for entry in out.iterdir():
        if entry != staging and _is_made(entry):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    for entry in sorted(staging.iterdir()):
        os.replace(entry, out / entry.name)


def write_listing(path: Path, excerpts: Sequence[Excerpt]) -> None:
    """The list of excerpts as CSV for Excel: UTF-8 with a byte order mark, nothing a formula.

    ``start_ms`` and ``end_ms`` are those of the excerpt in the recording, ``turn_*`` those of the turn.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for excerpt in excerpts:
            writer.writerow([csv_cell(cell) for cell in _row(excerpt)])


def _row(excerpt: Excerpt) -> tuple[Cell, ...]:
    moment, cut = excerpt.moment, excerpt.cut
    first = moment.labels[0]
    return (
        excerpt.file, excerpt.captions, excerpt.call_id, moment.turn_index, first.label,
        None if first.score is None else round(first.score, 4), first.reviewed,
        tuple(label.label for label in moment.labels), excerpt.agent_id, moment.vendor,
        moment.service_channel, moment.dialect, excerpt.started_at, cut.start_ms, cut.end_ms,
        moment.start_ms, moment.end_ms, sum(bleep.duration_ms for bleep in excerpt.bleeps), excerpt.text,
    )  # fmt: skip


def forget_files(folder: Path, files: Sequence[str]) -> None:
    """Take out what is left of excerpts whose sound is deleted: captions, items of the page."""
    page = folder / PAGE
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    for name in files:
        if MADE_NAME.fullmatch(name):
            (folder / name).with_suffix(".vtt").unlink(missing_ok=True)
            begin, end = (re.escape(mark.format(name)) for mark in ITEM_MARKS)
            text = re.sub(f"{begin}.*?{end}", "", text, flags=re.DOTALL)
    if text:
        page.write_text(text, encoding="utf-8")

"""Taking the excerpts of deleted calls out of a folder that `tasleek excerpts` made."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection
from pathlib import Path

from audit.errors import UsageError
from audit.reporting.excerpts.folder import forget_files
from audit.reporting.excerpts.names import hidden_call_id
from audit.reporting.flat_files import csv_cell

#: The list of a folder's excerpts; columns ``file``, ``call_id``, ``turn_index`` and others.
LISTING = "excerpts.csv"


def remove_excerpts(folder: Path, call_ids: Collection[str], *, dry_run: bool = False) -> int:
    """Delete the excerpts of the calls: sound, captions, what the page and the list say of them.

    Returns how many there were; those of a folder that hides its calls' ids are found, too.

    The list is replaced in one step after the files are gone, so that a broken-off removal can be done
    again. Raises ``UsageError`` when the folder holds no list of excerpts, or the list names a file
    outside the folder.
    """
    listing = folder / LISTING
    try:
        with listing.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{listing}: no list of excerpts ({error}); give the folder that `tasleek excerpts` made"
        ) from error
    if missing := {"file", "call_id"} - set(columns):
        raise UsageError(f"{listing}: has no column {min(missing)!r}; it is no list of excerpts")
    hidden = (hidden_call_id(call_id) for call_id in call_ids)
    # The list has an apostrophe before what a spreadsheet would take for a formula.
    names = {*call_ids, *hidden, *map(csv_cell, call_ids)}
    gone = [row for row in rows if row["call_id"] in names]
    files = [_inside(folder, row["file"] or "") for row in gone]
    if gone and not dry_run:
        for path in files:
            path.unlink(missing_ok=True)
        forget_files(folder, [row["file"] for row in gone])
        _write(listing, columns, [row for row in rows if row["call_id"] not in names])
    return len(gone)


def _inside(folder: Path, name: str) -> Path:
    try:
        path = (folder / name).resolve()
        inside = folder.resolve() in path.parents and not path.is_dir()
    except (OSError, ValueError):  # no file can have such a name
        path, inside = folder, False
    if not inside:
        raise UsageError(
            f"{folder / LISTING}: names {name[:100]!r}, which is no file in the folder; nothing was "
            "deleted. Correct the list"
        )
    return path


def _write(listing: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    temporary = listing.with_name(f".{LISTING}.new")
    with temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(temporary, listing)

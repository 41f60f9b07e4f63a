"""Links from a report to the excerpts that `tasleek excerpts` cut."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from audit.errors import UsageError

#: The list of the excerpts of a folder, with the columns ``file``, ``call_id`` and ``turn_index``.
LISTING = "excerpts.csv"


@dataclass(frozen=True, slots=True)
class ExcerptLinks:
    """Which file plays which turn. ``files`` are relative to the folder of the report, with ``/``."""

    files: dict[tuple[str, int], str]

    def path(self, call_id: str, turn_index: int) -> str | None:
        """The file of a turn, relative to the report; ``None`` where there is no excerpt of it."""
        return self.files.get((call_id, turn_index))

    def href(self, call_id: str, turn_index: int) -> str | None:
        """The same, quoted for a link."""
        path = self.path(call_id, turn_index)
        return None if path is None else quote(path)


NO_EXCERPTS = ExcerptLinks({})


def read_excerpt_links(folder: Path, report: Path) -> ExcerptLinks:
    """The excerpts in ``folder``, as seen from the file ``report``.

    Where several excerpts play a turn, the first of the list counts. Raises ``UsageError`` when the
    folder holds no list of excerpts.
    """
    listing = folder / LISTING
    files: dict[tuple[str, int], str] = {}
    try:
        with listing.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                key = (row["call_id"], int(row["turn_index"]))
                files.setdefault(key, _relative(folder / row["file"], report))
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder}: holds no {LISTING}; give the folder that `tasleek excerpts` made"
        ) from error
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{listing}: no list of excerpts ({error}); make it again with `tasleek excerpts`"
        ) from error
    return ExcerptLinks(files)


def _relative(file: Path, report: Path) -> str:
    return Path(os.path.relpath(file.resolve(), report.resolve().parent)).as_posix()

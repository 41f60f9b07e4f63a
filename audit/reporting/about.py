"""What a page says of the report as a whole: its period, and how to read it."""

from __future__ import annotations

from datetime import datetime

from audit.reporting import figures
from audit.reporting.findings import rows_of
from audit.reporting.report import Language, Report
from audit.reporting.wording import reading_guide


def period(report: Report, language: Language) -> str:
    """From the first to the last call of the selection; empty where no call has a date."""
    (row,) = rows_of(report, "overview")
    ends = (row["first_call"], row["last_call"])
    return " – ".join(figures.day(end, language) for end in ends if isinstance(end, datetime))


def guide(report: Report, language: Language) -> list[str]:
    """What a reader has to know so that the figures do not mislead."""
    return list(reading_guide(report.selection.min_calls, language))

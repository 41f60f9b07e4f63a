"""Days as options: `--since` and `--until`."""

from __future__ import annotations

from datetime import date

from audit.errors import UsageError


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """The two days, in digits of any script. Raises ``UsageError`` when one is none, or they cross."""
    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and first > last:
        raise UsageError(f"--since {first} is after --until {last}; no call can be both")
    return first, last


def _day(told: str | None, option: str) -> date | None:
    if told is None:
        return None
    try:
        return date.fromisoformat(
            "".join(str(int(c)) if c.isdecimal() else c for c in told).strip()
        )
    except ValueError as error:
        raise UsageError(f"{option} {told!r} is not a date; write it as 2026-11-01") from error

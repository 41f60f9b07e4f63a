"""What reviewers may say: verdicts, comments and names, and what is refused of them."""

from __future__ import annotations

from dataclasses import dataclass

from audit.errors import UsageError
from audit.store.reviews import CALL_VERDICTS, TURN_VERDICTS
from audit.types import LABELS, RESOLUTIONS

LONGEST_COMMENT = 2000
_LONGEST_NAME = 64
DAY_MS = 24 * 3600 * 1000


class ReviewInputError(UsageError):
    """A verdict, an answer or a name that cannot be stored; says what can."""


@dataclass(frozen=True, slots=True)
class TurnVerdict:
    """What a reviewer says of one label of one turn."""

    turn_index: int
    label: str
    verdict: str
    new_label: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class WholeVerdict:
    """What a reviewer says of a whole call; it ends the review of the call."""

    verdict: str
    resolution: str | None = None
    comment: str | None = None
    listened_ms: int = 0


def checked_name(name: str) -> str:
    """A reviewer's name as it is stored. Raises ``ReviewInputError``."""
    cleaned = " ".join(name.split())
    if not cleaned or len(cleaned) > _LONGEST_NAME or not cleaned.isprintable():
        raise ReviewInputError(f"a reviewer's name has 1 to {_LONGEST_NAME} printable characters")
    return cleaned


def check_turn_verdict(said: TurnVerdict) -> None:
    """Raises ``ReviewInputError``."""
    if said.label not in LABELS:
        raise ReviewInputError(f"{said.label!r} is no label; labels are {', '.join(LABELS)}")
    if said.verdict not in TURN_VERDICTS:
        raise ReviewInputError(f"{said.verdict!r}: verdicts are {', '.join(TURN_VERDICTS)}")
    if (said.verdict == "relabelled") != (said.new_label is not None):
        raise ReviewInputError("new_label goes with relabelled, and only with it")
    if said.new_label is not None and (
        said.new_label not in LABELS or said.new_label == said.label
    ):
        raise ReviewInputError(f"{said.new_label!r}: must be another of {', '.join(LABELS)}")
    check_comment(said.comment)


def check_whole_verdict(said: WholeVerdict) -> None:
    """Raises ``ReviewInputError``."""
    if said.verdict not in CALL_VERDICTS:
        raise ReviewInputError(f"{said.verdict!r}: verdicts are {', '.join(CALL_VERDICTS)}")
    if said.resolution is not None and said.resolution not in RESOLUTIONS:
        raise ReviewInputError(f"{said.resolution!r}: resolutions are {', '.join(RESOLUTIONS)}")
    if not 0 <= said.listened_ms <= DAY_MS:
        raise ReviewInputError("listened_ms must be within a day")
    check_comment(said.comment)


def check_comment(comment: str | None) -> None:
    """Raises ``ReviewInputError``."""
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise ReviewInputError(f"a comment has {LONGEST_COMMENT} characters at most")

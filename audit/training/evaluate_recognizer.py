"""`tasleek evaluate recognizer`: what the pipeline hears, against what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.config import Config
from audit.errors import AudioError
from audit.ingest.recordings import RecordingFinder
from audit.pipeline import HeardCall, Pipeline
from audit.training.error_rates import ErrorCounts, count_errors, total
from audit.training.reference import ReferenceCall, read_references
from audit.types import CallFailure, Role


@dataclass(frozen=True, slots=True)
class HeardAgainstReference:
    """A call's errors. ``by_role`` compares each role's words with that role's reference: a word
    given to the wrong party is an error there. ``role_words_right`` is the share of words whose time
    lies in a reference turn of the same role, in ``[0, 1]``; ``hold_error_ms`` the absolute
    difference of hold totals.
    """

    call_id: str
    errors: ErrorCounts
    by_role: ErrorCounts
    role_words_right: float
    hold_error_ms: int
    duration_ms: int


def evaluate_recognizer(
    folder: Path, config: Config, pipeline: Pipeline
) -> Iterator[HeardAgainstReference]:
    """Every call of ``folder`` that has a reference, as it is done. Raises ``TasleekError``."""
    finder = RecordingFinder(config.ingest)
    for reference in read_references(folder):
        recording = next(iter(finder.find([reference.audio])))
        if isinstance(recording, CallFailure):
            raise AudioError(recording.reason)
        yield compare(reference, pipeline.hear(recording))


def compare(reference: ReferenceCall, heard: HeardCall) -> HeardAgainstReference:
    """One heard call against its reference."""
    call = heard.transcribed
    said = " ".join(turn.text for turn in reference.turns)
    hypothesis = " ".join(turn.text for turn in call.utterances)
    roles: tuple[Role, ...] = ("agent", "caller")
    held_ms = sum(hold.duration_ms for hold in reference.holds)
    return HeardAgainstReference(
        call_id=reference.call_id,
        errors=count_errors(said, hypothesis),
        by_role=total(
            count_errors(
                " ".join(turn.text for turn in reference.turns if turn.role == role),
                " ".join(turn.text for turn in call.utterances if turn.role == role),
            )
            for role in roles
        ),
        role_words_right=_role_words_right(reference, heard),
        hold_error_ms=abs(heard.metrics.hold_ms - held_ms),
        duration_ms=call.info.duration_ms,
    )


def _role_words_right(reference: ReferenceCall, heard: HeardCall) -> float:
    judged = [
        turn.role in spoken
        for turn in heard.transcribed.utterances
        for word in turn.words
        if (spoken := _roles_at(reference, (word.start_ms + word.end_ms) // 2))
    ]
    return sum(judged) / len(judged) if judged else 0.0


def _roles_at(reference: ReferenceCall, moment_ms: int) -> set[Role]:
    return {turn.role for turn in reference.turns if turn.start_ms <= moment_ms < turn.end_ms}


def overall(results: Sequence[HeardAgainstReference]) -> ErrorCounts:
    """Errors of all calls together."""
    return total(result.errors for result in results)

"""`tasleek evaluate speakers` on calls with references: roles, holds, interruptions and speakers.

A found interruption is right where the reference has one by the same party within a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.config import Config
from audit.errors import AudioError
from audit.ingest.recordings import RecordingFinder
from audit.pipeline import HeardCall, Pipeline
from audit.speech.measures import between_parties
from audit.speech.timeline import intersection, total_ms
from audit.training.evaluate_speakers import SpeakerErrors, compare_speakers
from audit.training.reference import ReferenceCall, ReferenceInterruption, read_references
from audit.types import CallFailure, Hold, Role, RoleAssignment, Segment, SpeakerTurn

#: How far from the reference's an interruption may begin.
TOLERANCE_MS = 1000
#: A hold total may be off by so much.
HOLD_TOLERANCE_MS = 1000
_PARTIES: tuple[Role, ...] = ("agent", "caller")


@dataclass(frozen=True, slots=True)
class EventCounts:
    """How many events were found, how many there are, and how many of both are the same."""

    found: int = 0
    reference: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """``None`` where nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """``None`` where there is nothing to find."""
        return self.right / self.reference if self.reference else None


@dataclass(frozen=True, slots=True)
class ConversationErrors:
    """One call against its reference.

    ``roles_right``: the speech of agent and caller, by the reference's turns, is mostly that of the
    speakers who have this role. ``hold_error_ms`` is the absolute difference of hold totals;
    ``announced`` counts the holds that were announced.
    """

    speakers: SpeakerErrors
    roles_right: bool
    hold_error_ms: int
    holds: EventCounts
    announced: EventCounts
    interruptions: EventCounts


@dataclass(frozen=True, slots=True)
class ConversationTotals:
    """All calls together; ``roles_right`` and ``holds_right`` are numbers of calls."""

    calls: int
    roles_right: int
    holds_right: int
    announced: EventCounts
    interruptions: EventCounts


def evaluate_conversations(
    folder: Path, config: Config, pipeline: Pipeline
) -> Iterator[ConversationErrors]:
    """Every call of ``folder`` that has a reference, as it is done. Raises ``TasleekError``."""
    finder = RecordingFinder(config.ingest)
    for reference in read_references(folder):
        recording = next(iter(finder.find([reference.audio])))
        if isinstance(recording, CallFailure):
            raise AudioError(recording.reason)
        yield compare_conversation(reference, pipeline.hear(recording))


def compare_conversation(reference: ReferenceCall, heard: HeardCall) -> ConversationErrors:
    """One heard call against its reference."""
    call = heard.transcribed
    spoken = tuple(SpeakerTurn(t.start_ms, t.end_ms, t.role) for t in reference.turns)
    roles = heard.roles or RoleAssignment((), 0.0, "nobody was heard")
    speakers = compare_speakers(spoken, call.diarization.turns, call.info.duration_ms)
    interruptions = [
        ReferenceInterruption(roles.role_of(item.by), item.at_ms)
        for item in between_parties(call.diarization, roles)
    ]
    held_ms = sum(hold.duration_ms for hold in reference.holds)
    return ConversationErrors(
        speakers=replace(speakers, call_id=reference.call_id),
        roles_right=_roles_right(spoken, call.diarization.turns, roles),
        hold_error_ms=abs(heard.metrics.hold_ms - held_ms),
        holds=_holds(reference, call.holds),
        announced=_announced(reference, call.holds),
        interruptions=count_interruptions(interruptions, reference.interruptions),
    )


def totals(results: Sequence[ConversationErrors]) -> ConversationTotals:
    return ConversationTotals(
        calls=len(results),
        roles_right=sum(result.roles_right for result in results),
        holds_right=sum(result.hold_error_ms <= HOLD_TOLERANCE_MS for result in results),
        announced=_sum([result.announced for result in results]),
        interruptions=_sum([result.interruptions for result in results]),
    )


def count_interruptions(
    found: Sequence[ReferenceInterruption], reference: Sequence[ReferenceInterruption]
) -> EventCounts:
    """Each of ``reference`` is matched at most once, the earliest first."""
    left = sorted(found, key=lambda item: item.at_ms)
    right = 0
    for wanted in sorted(reference, key=lambda item: item.at_ms):
        match = next((item for item in left if _same(item, wanted)), None)
        if match is not None:
            left.remove(match)
            right += 1
    return EventCounts(len(found), len(reference), right)


def _same(found: ReferenceInterruption, wanted: ReferenceInterruption) -> bool:
    return found.by == wanted.by and abs(found.at_ms - wanted.at_ms) <= TOLERANCE_MS


def _roles_right(
    reference: Sequence[SpeakerTurn], found: Sequence[SpeakerTurn], roles: RoleAssignment
) -> bool:
    """Whether each party's speech is mostly heard in its own role."""
    return all(
        max(_PARTIES, key=lambda role: _shared_ms(reference, party, found, roles, role)) == party
        and _shared_ms(reference, party, found, roles, party) > 0
        for party in _PARTIES
        if any(turn.speaker == party for turn in reference)
    )


def _shared_ms(
    reference: Sequence[SpeakerTurn],
    party: Role,
    found: Sequence[SpeakerTurn],
    roles: RoleAssignment,
    role: Role,
) -> int:
    said = [turn.segment for turn in reference if turn.speaker == party]
    heard = [turn.segment for turn in found if roles.role_of(turn.speaker) == role]
    return total_ms(intersection(said, heard))


def _holds(reference: ReferenceCall, found: Sequence[Hold]) -> EventCounts:
    right = sum(_met(hold, found) is not None for hold in reference.holds)
    return EventCounts(len(found), len(reference.holds), right)


def _announced(reference: ReferenceCall, found: Sequence[Hold]) -> EventCounts:
    pairs = zip(reference.holds, reference.announced, strict=True)
    told = [hold for hold, announced in pairs if announced]
    met = [_met(hold, found) for hold in told]
    return EventCounts(
        sum(hold.announced for hold in found),
        len(told),
        sum(hold is not None and hold.announced for hold in met),
    )


def _met(wanted: Segment, found: Sequence[Hold]) -> Hold | None:
    """The found hold that shares half of ``wanted``."""
    return next(
        (hold for hold in found if 2 * wanted.overlap_ms(hold.segment) >= wanted.duration_ms), None
    )


def _sum(counts: Sequence[EventCounts]) -> EventCounts:
    return EventCounts(
        sum(count.found for count in counts),
        sum(count.reference for count in counts),
        sum(count.right for count in counts),
    )

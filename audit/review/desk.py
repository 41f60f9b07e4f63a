"""Reviewing without a face: what the page and the terminal both do.

The database is opened for each step and closed again, so that reports can be made while people review;
a verdict is in the file when the call that stores it returns. A screen that nobody used for half an
hour lets other commands write (``rest``), and takes the database again at the next step.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audit.language.redaction import redact_utterances
from audit.reporting.excerpts.sound import bleep_spans
from audit.review.sampling import SampleSpecification, draw_sample
from audit.review.scorecard import (
    ANSWERS,
    FormFacts,
    Scorecard,
    automatic_answers,
    score_form,
)
from audit.review.verdicts import (
    DAY_MS,
    ReviewInputError,
    TurnVerdict,
    WholeVerdict,
    check_comment,
    check_turn_verdict,
    check_whole_verdict,
)
from audit.store.access import Access, record_access
from audit.store.database import open_database
from audit.store.excerpts import spoken_call
from audit.store.reviews import (
    Answer,
    CallSubject,
    FormResult,
    NewAnswer,
    NewReview,
    QueueRow,
    ReviewView,
    Sample,
    item_blindness,
    keep_scorecard,
    newest_sample,
    recording_of,
    review_queue,
    review_subject,
    reviews_of_call,
    sampling_frame,
    scorecard_answers,
    write_answers,
    write_review,
    write_sample,
)
from audit.types import Segment

if TYPE_CHECKING:
    from audit.store.review_lock import ReviewHold
    from audit.store.reviews import Connection

#: A call that somebody opened is offered to nobody else for so long.
CLAIM_S = 30 * 60
#: A screen that was not used for so long lets other commands write.
IDLE_S = 30 * 60
_LOOK_S = 30.0
#: How long a step waits for a report that reads the database.
PATIENCE_S = 10.0
State = Literal["open", "mine", "done", "taken"]


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A call in one reviewer's queue.

    ``hidden``: the machine's opinion is not shown. ``taken``: others judge it, or have.
    """

    row: QueueRow
    state: State
    hidden: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A reviewer's form of one call. ``automatic`` is empty while the machine's opinion is hidden.

    ``answers`` are the reviewer's own; ``effective`` has the automatic ones where they are silent.
    """

    answers: tuple[tuple[str, Answer], ...]
    automatic: tuple[tuple[str, Answer], ...]
    comments: tuple[tuple[str, str], ...]
    result: FormResult

    @property
    def effective(self) -> dict[str, Answer]:
        return {**dict(self.automatic), **dict(self.answers)}


@dataclass(frozen=True, slots=True)
class OpenCall:
    """One call as one reviewer sees it now.

    ``sample_id`` is that of the queue's sample, if the call is in it; ``reviews`` are the reviewer's.
    """

    subject: CallSubject
    sample_id: str | None
    hidden: bool
    reviews: tuple[ReviewView, ...]
    form: Form


class ReviewDesk:
    """The queue of one database, for any number of reviewers at once; safe between threads.

    ``hold`` is the lock that keeps other writers out. ``plain`` takes personal data out of comments.
    """

    def __init__(
        self, database: Path, scorecard: Scorecard, *, blind: bool = False,
        hold: ReviewHold | None = None, plain: Callable[[str], str] = str,
    ) -> None:  # fmt: skip
        self.database = database
        self._hold = hold
        self._plain = plain
        self._used_at = time.monotonic()
        self.scorecard = scorecard
        self._blind = blind
        self._one_at_a_time = threading.Lock()
        self._choosing = threading.Lock()
        self._claims: dict[str, dict[str, float]] = {}
        with self._connection(write=True) as connection:
            keep_scorecard(
                connection, scorecard.sha256, scorecard.name, scorecard.version,
                scorecard.as_dict(),
            )  # fmt: skip
            self.sample_id = newest_sample(connection)

    def draw(self, wanted: SampleSpecification) -> Sample:
        """Draw and store a new sample; it becomes the queue. Raises ``UsageError`` if it is empty."""
        with self._connection(write=True) as connection:
            sample = draw_sample(sampling_frame(connection, wanted.since, wanted.until), wanted)
            self.sample_id = write_sample(connection, sample)
        return sample

    def queue(self, reviewer: str) -> tuple[QueueEntry, ...]:
        """Every call of the queue as it stands for ``reviewer``."""
        with self._connection() as connection:
            rows = review_queue(connection, self.sample_id)
        if self._blind and self.sample_id is None:
            # Worst first would tell what the machine thinks.
            rows = tuple(sorted(rows, key=lambda row: row.call_id))
        return tuple(self._entry(row, reviewer) for row in rows)

    def next_call(self, reviewer: str, after: str | None = None) -> str | None:
        """The call to judge next: one that is begun, else the first open one behind ``after``."""
        entries = self.queue(reviewer)
        ids = [entry.row.call_id for entry in entries]
        start = ids.index(after) + 1 if after in ids else 0
        ordered = entries[start:] + entries[:start]
        for state in ("mine", "open"):
            for entry in ordered:
                if entry.state == state and entry.row.call_id != after:
                    return entry.row.call_id
        return None

    def open_call(self, call_id: str, reviewer: str) -> OpenCall:
        """Show a call to ``reviewer`` and keep it for them. Raises ``StoreError`` if unknown."""
        with self._connection() as connection:
            opened = self._open(connection, call_id, reviewer)
            access = Access("review", (call_id,), f"reviewer={reviewer}")
            record_access(connection, self.database, access)
        for claims in list(self._claims.values()):
            claims.pop(reviewer, None)
        self._claims.setdefault(call_id, {})[reviewer] = time.monotonic()
        return opened

    def open_next(self, reviewer: str, after: str | None = None) -> OpenCall | None:
        """Open the call to judge next; two who ask at once get two calls. None when all is judged."""
        with self._choosing:
            call_id = self.next_call(reviewer, after)
            return None if call_id is None else self.open_call(call_id, reviewer)

    def use(self) -> None:
        """Note that somebody is at the screen, as while sound is played."""
        self._used_at = time.monotonic()

    def rest(self, idle_s: float = IDLE_S) -> None:
        """Let other commands write if nobody used the screen for ``idle_s``."""
        with self._one_at_a_time:
            if self._hold is not None and time.monotonic() - self._used_at >= idle_s:
                self._hold.let_go()

    def rest_when_idle(self) -> None:
        """Rest from now on whenever nobody uses the screen, until the process ends."""

        def look() -> None:
            while True:
                time.sleep(_LOOK_S)
                self.rest()

        threading.Thread(target=look, daemon=True).start()

    def private_spans(self, call_id: str) -> tuple[Segment, ...]:
        """When personal data is heard in a call: what was found by its audit, and by this version."""
        with self._connection() as connection:
            spoken = spoken_call(connection, call_id)
        found = (*spoken.redactions, *redact_utterances(spoken.utterances).spans)
        return bleep_spans([Segment(span.start_ms, span.end_ms) for span in found], DAY_MS)

    def recording_of(self, call_id: str) -> tuple[str, str | None]:
        """Where a call's recording was when it was audited, and its hash. Raises ``StoreError``."""
        with self._connection() as connection:
            return recording_of(connection, call_id)

    def judge_turn(self, call_id: str, reviewer: str, said: TurnVerdict) -> OpenCall:
        """Store what ``reviewer`` says of a label of a turn; returns the call with it.

        Raises ``ReviewInputError``.
        """
        check_turn_verdict(said)
        with self._connection(write=True) as connection:
            opened = self._open(connection, call_id, reviewer)
            if said.turn_index not in {turn.turn_index for turn in opened.subject.turns}:
                raise ReviewInputError(f"call {call_id!r} has no turn {said.turn_index}")
            write_review(connection, NewReview(
                call_id, reviewer, said.verdict, opened.hidden, said.turn_index, said.label,
                said.new_label, comment=self._comment(said.comment), sample_id=opened.sample_id,
            ))  # fmt: skip
            return self._open(connection, call_id, reviewer)

    def judge_call(self, call_id: str, reviewer: str, said: WholeVerdict) -> OpenCall:
        """Store what ``reviewer`` says of the whole call; the machine's opinion shows from then on.

        Raises ``ReviewInputError``.
        """
        check_whole_verdict(said)
        with self._connection(write=True) as connection:
            opened = self._open(connection, call_id, reviewer)
            write_review(connection, NewReview(
                call_id, reviewer, said.verdict, opened.hidden, resolution=said.resolution,
                comment=self._comment(said.comment), sample_id=opened.sample_id,
                listened_ms=said.listened_ms,
            ))  # fmt: skip
            return self._open(connection, call_id, reviewer)

    def answer(
        self, call_id: str, reviewer: str, criterion: str, answer: Answer | None,
        comment: str | None = None,
    ) -> Form:  # fmt: skip
        """Store an answer to the form (None takes it back); returns the form with it."""
        if criterion not in {c.id for c in self.scorecard.criteria}:
            raise ReviewInputError(f"the form has no criterion {criterion!r}")
        if answer is not None and answer not in ANSWERS:
            raise ReviewInputError(f"{answer!r}: answers are {', '.join(ANSWERS)}")
        check_comment(comment)
        with self._connection(write=True) as connection:
            opened = self._open(connection, call_id, reviewer)
            form = opened.form
            answers = {**dict(form.answers), criterion: answer}
            given = {name: value for name, value in answers.items() if value is not None}
            result = score_form(self.scorecard, {**dict(form.automatic), **given})
            new = NewAnswer(
                call_id, reviewer, self.scorecard.sha256, criterion, answer,
                dict(form.automatic).get(criterion), self._comment(comment), opened.hidden,
            )  # fmt: skip
            write_answers(connection, [new], result)
            return self._form(connection, opened.subject, call_id, reviewer, opened.hidden)

    @contextmanager
    def _connection(self, *, write: bool = False) -> Iterator[Connection]:
        # A process may not hold a reading and a writing connection at once, so threads take turns.
        with self._one_at_a_time:
            self.use()
            if self._hold is not None:
                self._hold.take()
            with open_database(
                self.database, write=write, reviewing=True, patience_s=PATIENCE_S
            ) as connection:
                yield connection

    def _comment(self, said: str | None) -> str | None:
        return self._plain(said) if said else None

    def _open(self, connection: Connection, call_id: str, reviewer: str) -> OpenCall:
        subject = review_subject(connection, call_id)
        reviews = reviews_of_call(connection, call_id, reviewer)
        in_sample = item_blindness(connection, self.sample_id, call_id)
        judged = any(review.turn_index is None for review in reviews)
        hidden = (self._blind or bool(in_sample)) and not judged
        form = self._form(connection, subject, call_id, reviewer, hidden)
        sample_id = None if in_sample is None else self.sample_id
        return OpenCall(subject, sample_id, hidden, reviews, form)

    def _form(
        self, connection: Connection, subject: CallSubject, call_id: str, reviewer: str,
        hidden: bool,
    ) -> Form:  # fmt: skip
        stored = scorecard_answers(connection, call_id, reviewer, self.scorecard.sha256)
        given = {entry.criterion: entry.answer for entry in stored if entry.answer is not None}
        automatic = {} if hidden else automatic_answers(self.scorecard, form_facts(subject))
        return Form(
            tuple(given.items()),
            tuple(automatic.items()),
            tuple((entry.criterion, entry.comment) for entry in stored if entry.comment),
            score_form(self.scorecard, {**automatic, **given}),
        )

    def _entry(self, row: QueueRow, reviewer: str) -> QueueEntry:
        now = time.monotonic()
        holders = {
            name
            for name, since in list(self._claims.get(row.call_id, {}).items())
            if now - since < CLAIM_S
        }
        done = reviewer in row.finished_by
        others = (set(row.finished_by) | holders) - {reviewer}
        state: State
        if done:
            state = "done"
        elif reviewer in holders:
            state = "mine"
        elif len(others) >= row.readers or (row.assigned and reviewer not in row.assigned):
            state = "taken"
        else:
            state = "open"
        return QueueEntry(row, state, (row.blind or self._blind) and not done)


def form_facts(subject: CallSubject) -> FormFacts:
    """What the machine found in a call, for the automatic answers of a form."""
    return FormFacts(
        flags=frozenset(flag.label for turn in subject.turns for flag in turn.flags),
        resolution=subject.detail.call.resolution,
        positives=frozenset(kind for turn in subject.turns for kind in turn.positives),
        measures=dict(subject.measures),
    )

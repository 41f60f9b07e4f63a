"""From a database to a folder of excerpts: choose, cut, cover, write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from audit.errors import TasleekError
from audit.reporting.excerpts.captions import CaptionLine, as_webvtt, caption_lines
from audit.reporting.excerpts.cutting import Cut, Cutter, spoken_spans
from audit.reporting.excerpts.encoding import AudioFormat, write_audio
from audit.reporting.excerpts.names import file_stem, listed_call_id
from audit.reporting.excerpts.selection import Choice, choose
from audit.reporting.excerpts.sound import BLEEP_MARGIN_MS, Dressing, bleep_spans, dressed
from audit.store.access import Access, record_access
from audit.store.database import open_database
from audit.store.excerpts import (
    Moment,
    MomentFilter,
    SoundPlace,
    SpokenCall,
    find_moments,
    sound_places,
    spoken_call,
)
from audit.types import SAMPLE_RATE_HZ, RedactedSpan, Segment, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_PER_MS = SAMPLE_RATE_HZ // 1000
#: Utterances without what is to be hidden, and when that is heard.
Hidden = tuple[tuple[Utterance, ...], tuple[RedactedSpan, ...]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What other parts of the program do for excerpts.

    ``original`` finds the recording of a call. ``decode`` gives the sound of spans of it: source, name,
    spans and length of the recording (ms) to arrays of shape ``(channels, n)`` at 16 kHz. Both raise
    ``TasleekError``. ``hide_personal_data``, and ``hide_agent_names`` with the agent's id, return what
    is left and when the rest is heard. ``folded`` is the spelling in which texts are compared.
    """

    original: Callable[[SoundPlace], Path | bytes]
    decode: Callable[[Path | bytes, str, Sequence[Segment], int], tuple[Samples, ...]]
    hide_personal_data: Callable[[Sequence[Utterance]], Hidden]
    hide_agent_names: Callable[[Sequence[Utterance], str | None], Hidden]
    folded: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ExcerptRequest:
    """What is asked for. ``context_ms`` is about how much is heard before and after a moment."""

    moments: MomentFilter
    limit: int = 20
    audio_format: AudioFormat = "mp3"
    context_ms: int = 4000
    anonymize: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An excerpt that was written.

    ``number`` is its place in the lesson, from 1; ``file`` and ``captions`` are names in the folder.
    ``call_id`` is as the list names it, ``agent_id`` is ``None`` where it is hidden, ``started_at`` is
    in the time zone of the request. ``lines`` are what is said; those of the moment's own turn have its
    ``turn_index``. ``bleeps`` are milliseconds of the excerpt.
    """

    number: int
    file: str
    captions: str
    call_id: str
    agent_id: str | None
    moment: Moment
    text: str
    started_at: datetime | None
    cut: Cut
    lines: tuple[CaptionLine, ...]
    bleeps: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class ExcerptFailure:
    """A moment that could not be cut; ``reason`` names the recording and says what to do."""

    call_id: str
    turn_index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What was chosen, with all that the database knows of it. ``found`` counts the moments that fit."""

    found: int
    choice: Choice
    places: dict[str, SoundPlace]
    spoken: dict[str, SpokenCall]

    @property
    def moments(self) -> tuple[Moment, ...]:
        return self.choice.moments


def plan_excerpts(db: Path, request: ExcerptRequest, folded: Callable[[str], str]) -> Plan:
    """Choose the moments, and read what is said in their calls. The access to the calls is logged."""
    with open_database(db) as connection:
        moments = find_moments(connection, request.moments)
        choice = choose(moments, request.limit, folded)
        ids = tuple(dict.fromkeys(moment.call_id for moment in choice.moments))
        record_access(connection, db, Access("excerpts of calls", ids))
        spoken = {call_id: spoken_call(connection, call_id) for call_id in ids}
        return Plan(len(moments), choice, sound_places(connection, ids), spoken)


def cut_excerpts(
    plan: Plan, request: ExcerptRequest, tools: Tools, folder: Path,
    told: Callable[[int, int], None],
) -> tuple[tuple[Excerpt, ...], tuple[ExcerptFailure, ...]]:  # fmt: skip
    """Write sound and captions of the excerpts into ``folder``; returned in the order of the plan.

    An excerpt has the number of its moment in the plan, whatever became of those before. What is wrong
    with one recording never stops the others. ``told`` is called with how many moments are done, and how
    many there are. Raises ``OSError`` when the folder cannot be written.
    """
    numbered: dict[str, list[tuple[int, Moment]]] = defaultdict(list)
    for number, moment in enumerate(plan.moments, 1):
        numbered[moment.call_id].append((number, moment))
    made: dict[int, Excerpt] = {}
    failures: list[ExcerptFailure] = []
    done = 0
    for call_id, moments in numbered.items():
        try:
            call = _Call(plan.places[call_id], plan.spoken[call_id], request, tools)
            sounds = call.sounds([moment for _, moment in moments])
            for (number, moment), (cut, sound) in zip(moments, sounds, strict=True):
                made[number] = call.write(number, moment, cut, sound, folder)
        except TasleekError as error:
            failures += (ExcerptFailure(call_id, m.turn_index, str(error)) for _, m in moments)
        done += len(moments)
        told(done, len(plan.moments))
    return tuple(made[number] for number in sorted(made)), tuple(failures)


class _Call:
    """One call while excerpts are cut of it."""

    def __init__(
        self, place: SoundPlace, spoken: SpokenCall, request: ExcerptRequest, tools: Tools
    ) -> None:
        self._place = place
        self._request = request
        self._tools = tools
        self._cutter = Cutter(
            spoken_spans(spoken.utterances), request.context_ms, place.duration_ms
        )
        self._said = spoken.utterances
        self._redactions = spoken.redactions

    def sounds(self, moments: Sequence[Moment]) -> list[tuple[Cut, Samples]]:
        """Where each moment is cut, and the sound there, ``(channels, n)``. Raises ``TasleekError``."""
        spans = [Segment(moment.start_ms, moment.end_ms) for moment in moments]
        windows = [self._cutter.window(span) for span in spans]
        source = self._tools.original(self._place)
        sounds = self._tools.decode(source, self._place.path, windows, self._place.duration_ms)
        return [
            self._cut(span, window, sound)
            for span, window, sound in zip(spans, windows, sounds, strict=True)
        ]

    def _cut(self, moment: Segment, window: Segment, sound: Samples) -> tuple[Cut, Samples]:
        cut = self._cutter.cut(moment, window, sound)
        first = (cut.start_ms - window.start_ms) * _PER_MS
        return cut, sound[:, first : first + cut.span.duration_ms * _PER_MS]

    def write(self, number: int, moment: Moment, cut: Cut, sound: Samples, folder: Path) -> Excerpt:
        """Write the sound and the captions of a moment."""
        request = self._request
        utterances, covered = self._hidden(moment.agent_id)
        lines = caption_lines(utterances, cut.span)
        bleeps = bleep_spans(_within(covered, cut.span), cut.span.duration_ms)
        spoken = _spoken_by_channel(utterances, cut.span, sound.shape[0])
        dressing = Dressing(spoken, bleeps, cut.fade_in_ms, cut.fade_out_ms)
        stem = file_stem(number, moment, anonymize=request.anonymize)
        file, captions = f"{stem}.{request.audio_format}", f"{stem}.vtt"
        write_audio(folder / file, dressed(sound, dressing), request.audio_format)
        (folder / captions).write_text(as_webvtt(lines), encoding="utf-8")
        return Excerpt(
            number=number,
            file=file,
            captions=captions,
            call_id=listed_call_id(moment.call_id, moment.agent_id, anonymize=request.anonymize),
            agent_id=None if request.anonymize else moment.agent_id,
            text=next(t.text for t in utterances if t.turn_index == moment.turn_index),
            moment=moment,
            started_at=self._started_at(),
            cut=cut,
            lines=lines,
            bleeps=bleeps,
        )

    def _started_at(self) -> datetime | None:
        told = self._place.started_at
        return told and told.astimezone(ZoneInfo(self._request.moments.calls.timezone))

    def _hidden(self, agent_id: str | None) -> tuple[Sequence[Utterance], list[Segment]]:
        """What may be shown of what was said, and what must not be heard.

        What was redacted when the call was audited is covered always. Beyond that the words are looked
        through again, unless the person who audited kept personal data on purpose: a call may have been
        audited by an older version that found less.
        """
        said: Sequence[Utterance] = self._said
        spans: Sequence[RedactedSpan] = ()
        if self._request.anonymize:
            said, spans = self._tools.hide_agent_names(said, agent_id)
        elif not self._place.keep_pii:
            said, spans = self._tools.hide_personal_data(said)
        covered = [Segment(span.start_ms, span.end_ms) for span in (*self._redactions, *spans)]
        return said, covered


def _within(spans: Sequence[Segment], cut: Segment) -> list[Segment]:
    """``spans`` in milliseconds of the excerpt; those near its ends too, for a bleep has margins."""
    return [
        Segment(span.start_ms - cut.start_ms, span.end_ms - cut.start_ms)
        for span in spans
        if span.end_ms + BLEEP_MARGIN_MS > cut.start_ms
        and span.start_ms - BLEEP_MARGIN_MS < cut.end_ms
    ]


def _spoken_by_channel(
    utterances: Sequence[Utterance], cut: Segment, channels: int
) -> tuple[tuple[Segment, ...], ...]:
    """For each channel when somebody speaks on it, in milliseconds of the excerpt."""
    return tuple(
        tuple(
            Segment(
                max(0, turn.start_ms - cut.start_ms),
                min(cut.duration_ms, turn.end_ms - cut.start_ms),
            )
            for turn in utterances
            if turn.channel == channel and Segment(turn.start_ms, turn.end_ms).overlap_ms(cut)
        )
        for channel in range(channels)
    )

"""Holds inside a call: music and silence in which the caller was kept waiting.

Ringback, menus and queue music before the first word of the agent are no holds (the caller has not
been answered yet), and neither is an ordinary silence: it takes words around it («لحظة معي»,
«شكرا لانتظارك»), an agent who falls silent and is the first to speak again, or sheer length.
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.speech.hold_words import Moment, speaks_of_wait
from audit.speech.music import detect_music, without_music
from audit.speech.timeline import gaps, subtract, union
from audit.speech.vad import speech_probabilities
from audit.types import Diarization, Hold, Segment, Utterance, Waveform

#: Music shorter than this is a ringtone or an announcement's jingle.
_MIN_MUSIC_MS = 5000
#: A silence is a hold from these lengths on, by how much else says so.
_MIN_TOLD_MS = 5000
_MIN_RETURN_MS = 10_000
_MIN_UNTOLD_MS = 20_000
#: A speaker's usual pause before and after: not yet, and no more, waiting.
_USUAL_PAUSE_MS = 300
#: The turn that announces a hold, or comes back from it, is within this of it.
_NEAR_MS = 8000
#: Waiting goes on through a pause of the music in which nobody says anything.
_JOIN_MS = 30_000
#: Speech over the music shorter than this does not end the wait (a cough, a caller's word).
_MIN_SPEECH_MS = 600


def detect_holds(
    waveform: Waveform, diarization: Diarization, utterances: Sequence[Utterance]
) -> tuple[Hold, ...]:
    """The holds of a call in order, disjoint.

    ``utterances`` carry roles where they are known; without roles any speaker may announce a hold.
    Speech that overlaps a hold's music on another channel ends the hold only when it is the agent's.
    """
    music = diarization.music or tuple(
        detect_music(channel, speech_probabilities(channel)) for channel in waveform.samples
    )
    speech = _speech(diarization, music)
    if not speech:
        return ()
    start_ms, end_ms = _answered_ms(utterances, speech), speech[-1].end_ms
    musical = _music_holds(diarization, utterances, music, speech)
    waits = [
        Hold(span.start_ms, span.end_ms, "music", _announced(span, utterances))
        for span in musical
        if span.duration_ms >= _MIN_MUSIC_MS and span.start_ms >= start_ms
    ]
    silences = [
        hold
        for gap in gaps((*speech, *musical), start_ms, end_ms)
        if (hold := _silent_hold(gap, utterances)) is not None
    ]
    return tuple(sorted((*waits, *silences), key=lambda hold: hold.start_ms))


def _speech(
    diarization: Diarization, music: tuple[tuple[Segment, ...], ...]
) -> tuple[Segment, ...]:
    """What speakers say, the voice of a song left out."""
    said: list[Segment] = []
    for speaker in diarization.speakers:
        channel = diarization.channel_of(speaker) or 0
        own = [turn for turn in diarization.turns if turn.speaker == speaker]
        said += [turn.segment for turn in without_music(own, music[channel])]
    return union(said)


def _answered_ms(utterances: Sequence[Utterance], speech: tuple[Segment, ...]) -> int:
    """When the agent's first words end, or the first words at all where no role is known."""
    agent = [utterance.end_ms for utterance in utterances if utterance.role == "agent"]
    if agent:
        return agent[0]
    return utterances[0].end_ms if utterances else speech[0].end_ms


def _music_holds(
    diarization: Diarization,
    utterances: Sequence[Utterance],
    music: tuple[tuple[Segment, ...], ...],
    speech: tuple[Segment, ...],
) -> tuple[Segment, ...]:
    """Music in which the agent does not speak; one wait where only a pause of it lies between."""
    heard: list[Segment] = []
    for channel, spans in enumerate(music):
        agent = [
            turn.segment
            for turn in diarization.turns
            if diarization.channel_of(turn.speaker) not in (None, channel)
            and _role(utterances, turn.speaker) == "agent"
        ]
        heard += subtract(spans, agent)
    joined: list[Segment] = []
    for span in union(heard):
        if joined and _same_wait(joined[-1], span, speech):
            joined[-1] = Segment(joined[-1].start_ms, span.end_ms)
        else:
            joined.append(span)
    return tuple(joined)


def _same_wait(before: Segment, after: Segment, speech: tuple[Segment, ...]) -> bool:
    between = Segment(before.end_ms, after.start_ms)
    spoken_ms = sum(between.overlap_ms(span) for span in speech)
    return between.duration_ms <= _JOIN_MS and spoken_ms < _MIN_SPEECH_MS


def _role(utterances: Sequence[Utterance], speaker: str) -> str:
    return next((turn.role for turn in utterances if turn.speaker == speaker), "unknown")


def _silent_hold(gap: Segment, utterances: Sequence[Utterance]) -> Hold | None:
    span = Segment(gap.start_ms + _USUAL_PAUSE_MS, gap.end_ms - _USUAL_PAUSE_MS)
    if span.duration_ms < _MIN_TOLD_MS:
        return None
    announced = _announced(span, utterances)
    told = announced or _said_near(span, utterances, "after")
    returned = _agent_returns(span, utterances) and span.duration_ms >= _MIN_RETURN_MS
    if told or returned or span.duration_ms >= _MIN_UNTOLD_MS:
        return Hold(span.start_ms, span.end_ms, "silence", announced)
    return None


def _announced(span: Segment, utterances: Sequence[Utterance]) -> bool:
    return _said_near(span, utterances, "before")


def _said_near(span: Segment, utterances: Sequence[Utterance], moment: Moment) -> bool:
    """Whether a turn close ``before`` or ``after`` the wait, not the caller's, speaks of it."""
    middle_ms = (span.start_ms + span.end_ms) // 2
    for utterance in utterances:
        if utterance.role == "caller":
            continue
        if moment == "before":
            near = utterance.end_ms <= middle_ms and utterance.end_ms >= span.start_ms - _NEAR_MS
        else:
            near = utterance.start_ms > middle_ms and utterance.start_ms <= span.end_ms + _NEAR_MS
        if near and speaks_of_wait(utterance.text, moment):
            return True
    return False


def _agent_returns(span: Segment, utterances: Sequence[Utterance]) -> bool:
    """Whether the agent spoke last before the wait and first after it."""
    before = [turn for turn in utterances if turn.end_ms <= span.start_ms + _USUAL_PAUSE_MS * 2]
    after = [turn for turn in utterances if turn.start_ms >= span.end_ms - _USUAL_PAUSE_MS * 2]
    if not before or not after:
        return False
    last, first = max(before, key=lambda turn: turn.end_ms), after[0]
    return last.role == first.role == "agent"

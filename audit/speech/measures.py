"""What the sound of a call tells and its words do not: talk, overlap, interruptions, waits, pace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.speech.floor import Answer, answers, floors, longest_monologue_ms, percentile
from audit.speech.interruptions import Interruption, find_interruptions
from audit.speech.opening import Opening
from audit.speech.timeline import gaps, intersection, subtract, total_ms, union
from audit.speech.voice_level import speech_level_db, syllables_per_s
from audit.types import (
    CallMetrics,
    CallQuarter,
    ChannelClock,
    Diarization,
    Hold,
    Role,
    RoleAssignment,
    Segment,
    SpeakerTurn,
    Utterance,
    Waveform,
)

#: Silence of both parties counts as dead air beyond this, outside holds.
DEAD_AIR_MS = 3000
#: Sound that ends so soon after a word was cut off while somebody spoke.
_CUT_OFF_MS = 120
#: Fewer words or less speech tell no rate.
_MIN_WORDS, _MIN_RATE_MS = 5, 3000
QUARTERS = 4
_PARTIES: tuple[Role, ...] = ("agent", "caller")

Talk = Mapping[Role, tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class HeardParties:
    """Everything that measures are taken from.

    ``talk`` is the speech of each role on the clock of channel 0, menus and hold music left out;
    ``sound`` are the parts of it that nobody else is heard in, per role as ``(channel, segment)`` on
    the file's own clock, to measure the sound by.
    """

    waveform: Waveform
    utterances: tuple[Utterance, ...]
    holds: tuple[Hold, ...]
    talk: Talk
    sound: Mapping[Role, tuple[tuple[int, Segment], ...]]


def aligned_turns(diarization: Diarization) -> Diarization:
    """``diarization`` with all channels on the clock of channel 0."""
    clock = diarization.clock
    if clock is None:
        return diarization

    def moved(turns: Sequence[SpeakerTurn]) -> tuple[SpeakerTurn, ...]:
        return tuple(_on_common_clock(turn, diarization, clock) for turn in turns)

    return Diarization(
        moved(diarization.turns), moved(diarization.exclusive), diarization.channels, clock
    )


def _on_common_clock(
    turn: SpeakerTurn, diarization: Diarization, clock: ChannelClock
) -> SpeakerTurn:
    channel = diarization.channel_of(turn.speaker)
    return SpeakerTurn(
        clock.on_common_clock(channel, turn.start_ms),
        clock.on_common_clock(channel, turn.end_ms),
        turn.speaker,
    )


def heard_parties(
    waveform: Waveform,
    diarization: Diarization,
    utterances: Sequence[Utterance],
    roles: RoleAssignment,
    holds: Sequence[Hold],
    opening: Opening,
) -> HeardParties:
    """Sort the speech of a call by role."""
    aside = [hold.segment for hold in holds if hold.kind == "music"]
    not_agent = union((*aside, *opening.menu))
    talk = _talk(aligned_turns(diarization).turns, roles, not_agent)
    return HeardParties(
        waveform,
        tuple(utterances),
        tuple(holds),
        talk,
        {role: _own_sound(diarization, roles, role, not_agent) for role in _PARTIES},
    )


def _talk(turns: Sequence[SpeakerTurn], roles: RoleAssignment, aside: Sequence[Segment]) -> Talk:
    every: tuple[Role, ...] = ("agent", "caller", "other", "unknown")
    spoken = {
        role: union(turn.segment for turn in turns if roles.role_of(turn.speaker) == role)
        for role in every
    }
    return {**spoken, "agent": subtract(spoken["agent"], aside)}


def _own_sound(
    diarization: Diarization, roles: RoleAssignment, role: Role, aside: Sequence[Segment]
) -> tuple[tuple[int, Segment], ...]:
    found: list[tuple[int, Segment]] = []
    for speaker in diarization.speakers:
        if roles.role_of(speaker) != role:
            continue
        channel = diarization.channel_of(speaker) or 0
        others = [
            turn.segment
            for turn in diarization.turns
            if turn.speaker != speaker and (diarization.channel_of(turn.speaker) or 0) == channel
        ]
        own = [turn.segment for turn in diarization.turns if turn.speaker == speaker]
        alone = subtract(own, (*others, *(aside if role == "agent" else ())))
        found += [(channel, segment) for segment in alone]
    return tuple(found)


def measure_call(
    diarization: Diarization, roles: RoleAssignment, parties: HeardParties, opening: Opening
) -> CallMetrics:
    """The measures of a call.

    Talk times are of the diarized speech outside hold music and menus. Dead air is silence of
    everybody for more than 3 s between the first and the last word, outside holds.
    ``first_agent_word_ms`` counts from the beginning of the recording; ``None`` without agent. The
    call is taken for ended by whoever has the last word, or by the other party where the recording
    breaks off within it, as far as a recording tells.
    """
    talk, holds = parties.talk, parties.holds
    everybody = union(segment for segments in talk.values() for segment in segments)
    interruptions = [roles.role_of(item.by) for item in _between_parties(diarization, roles)]
    taken = floors({role: talk[role] for role in _PARTIES})
    answered = answers(taken, holds)
    last, cut_off = _ending(talk, parties.waveform.duration_ms)
    clock = diarization.clock
    return CallMetrics(
        agent_talk_ms=total_ms(talk["agent"]),
        caller_talk_ms=total_ms(talk["caller"]),
        overlap_ms=total_ms(intersection(talk["agent"], talk["caller"])),
        agent_interruptions=interruptions.count("agent"),
        caller_interruptions=interruptions.count("caller"),
        hold_ms=total_ms(hold.segment for hold in holds),
        longest_hold_ms=max((hold.segment.duration_ms for hold in holds), default=0),
        hold_count=len(holds),
        dead_air_ms=_dead_air_ms(everybody, holds, parties.waveform.duration_ms),
        first_agent_word_ms=_first_word_ms(parties.utterances, talk["agent"]),
        ended_by=_other(last) if cut_off else last,
        agent_talk_share=_share(talk),
        agent_words_per_min=_words_per_min(parties, "agent"),
        caller_words_per_min=_words_per_min(parties, "caller"),
        agent_syllables_per_s=_pace(parties, "agent"),
        caller_syllables_per_s=_pace(parties, "caller"),
        agent_latency_median_ms=_latency(answered, "agent", 0.5),
        agent_latency_p90_ms=_latency(answered, "agent", 0.9),
        caller_latency_median_ms=_latency(answered, "caller", 0.5),
        caller_latency_p90_ms=_latency(answered, "caller", 0.9),
        loudness_difference_db=_difference(_level(parties, "agent"), _level(parties, "caller")),
        agent_longest_monologue_ms=longest_monologue_ms(taken, "agent", holds),
        caller_longest_monologue_ms=longest_monologue_ms(taken, "caller", holds),
        ringing_ms=total_ms(opening.ringing),
        menu_ms=total_ms(opening.menu),
        heard_wait_ms=opening.wait_ms,
        last_speaker=last,
        cut_off=cut_off,
        channel_offset_ms=_rounded(clock.offset_ms) if clock else None,
        channel_drift_ppm=round(clock.drift_ppm, 1) if clock else None,
    )


def measure_quarters(parties: HeardParties) -> tuple[CallQuarter, ...]:
    """The measures of four equal parts of the conversation, first to last word of the two parties.

    Empty where one of them says nothing.
    """
    if not all(parties.talk[role] for role in _PARTIES):
        return ()
    spoken = union(segment for role in _PARTIES for segment in parties.talk[role])
    start_ms, end_ms = spoken[0].start_ms, spoken[-1].end_ms
    taken = floors({role: parties.talk[role] for role in _PARTIES})
    answered = answers(taken, parties.holds)
    edges = [start_ms + (end_ms - start_ms) * n // QUARTERS for n in range(QUARTERS + 1)]
    return tuple(
        _quarter(number, Segment(edges[number - 1], edges[number]), parties, answered)
        for number in range(1, QUARTERS + 1)
    )


def _quarter(
    number: int, span: Segment, parties: HeardParties, answered: Sequence[Answer]
) -> CallQuarter:
    part = _within(parties, span)
    inside = [answer for answer in answered if span.start_ms <= answer.at_ms < span.end_ms]
    return CallQuarter(
        quarter=number,
        start_ms=span.start_ms,
        end_ms=span.end_ms,
        agent_talk_ms=total_ms(part.talk["agent"]),
        caller_talk_ms=total_ms(part.talk["caller"]),
        agent_talk_share=_share(part.talk),
        agent_words_per_min=_words_per_min(part, "agent"),
        caller_words_per_min=_words_per_min(part, "caller"),
        agent_syllables_per_s=_pace(part, "agent"),
        caller_syllables_per_s=_pace(part, "caller"),
        agent_latency_ms=_latency(inside, "agent", 0.5),
        caller_latency_ms=_latency(inside, "caller", 0.5),
        agent_loudness_db=_level(part, "agent"),
        caller_loudness_db=_level(part, "caller"),
    )


def _within(parties: HeardParties, span: Segment) -> HeardParties:
    return HeardParties(
        parties.waveform,
        parties.utterances,
        parties.holds,
        {role: intersection(talk, (span,)) for role, talk in parties.talk.items()},
        {
            role: tuple(
                (channel, part)
                for channel, segment in sound
                for part in intersection((segment,), (span,))
            )
            for role, sound in parties.sound.items()
        },
    )


def between_parties(diarization: Diarization, roles: RoleAssignment) -> tuple[Interruption, ...]:
    """The interruptions of agent by caller and caller by agent."""
    return tuple(_between_parties(diarization, roles))


def _between_parties(diarization: Diarization, roles: RoleAssignment) -> list[Interruption]:
    return [
        item
        for item in find_interruptions(aligned_turns(diarization))
        if {roles.role_of(item.by), roles.role_of(item.of)} == {"agent", "caller"}
    ]


def _dead_air_ms(speech: Sequence[Segment], holds: Sequence[Hold], duration_ms: int) -> int:
    if not speech:
        return 0
    start_ms, end_ms = speech[0].start_ms, min(speech[-1].end_ms, duration_ms)
    silent = gaps((*speech, *(hold.segment for hold in holds)), start_ms, end_ms)
    return sum(gap.duration_ms for gap in silent if gap.duration_ms > DEAD_AIR_MS)


def _first_word_ms(utterances: Sequence[Utterance], talk: Sequence[Segment]) -> int | None:
    spoken = [utterance.start_ms for utterance in utterances if utterance.role == "agent"]
    if spoken:
        return spoken[0]
    return talk[0].start_ms if talk else None


def _ending(talk: Talk, duration_ms: int) -> tuple[Role, bool]:
    """Who speaks last, and whether the recording ends before that speech does."""
    ends = {role: talk[role][-1].end_ms for role in _PARTIES if talk[role]}
    if not ends or len(set(ends.values())) < len(ends):
        return "unknown", False
    last = max(ends, key=lambda role: ends[role])
    return last, duration_ms - ends[last] <= _CUT_OFF_MS


def _other(role: Role) -> Role:
    if role == "unknown":
        return role
    return "caller" if role == "agent" else "agent"


def _share(talk: Talk) -> float | None:
    agent_ms, caller_ms = total_ms(talk["agent"]), total_ms(talk["caller"])
    both_ms = agent_ms + caller_ms
    return round(agent_ms / both_ms, 4) if both_ms else None


def _words_per_min(parties: HeardParties, role: Role) -> float | None:
    """Words over the time of speaking, pauses left out."""
    spoken = parties.talk[role]
    spoken_ms = total_ms(spoken)
    words = sum(
        any(span.start_ms <= (word.start_ms + word.end_ms) // 2 < span.end_ms for span in near)
        for utterance in parties.utterances
        if utterance.role == role
        and (near := intersection(spoken, (Segment(utterance.start_ms, utterance.end_ms),)))
        for word in utterance.words
    )
    if words < _MIN_WORDS or spoken_ms < _MIN_RATE_MS:
        return None
    return round(words * 60_000 / spoken_ms, 1)


def _pace(parties: HeardParties, role: Role) -> float | None:
    found = _by_channel(parties, role)
    if found is None:
        return None
    channel, speech = found
    return syllables_per_s(parties.waveform.samples[channel], speech)


def _level(parties: HeardParties, role: Role) -> float | None:
    found = _by_channel(parties, role)
    if found is None:
        return None
    channel, speech = found
    return speech_level_db(parties.waveform.samples[channel], speech)


def _by_channel(parties: HeardParties, role: Role) -> tuple[int, list[Segment]] | None:
    """The channel on which ``role`` is heard, and when."""
    sound = parties.sound[role]
    if not sound:
        return None
    channel = sound[0][0]
    return channel, [segment for own, segment in sound if own == channel]


def _difference(agent_db: float | None, caller_db: float | None) -> float | None:
    return None if agent_db is None or caller_db is None else round(agent_db - caller_db, 1)


def _latency(answered: Sequence[Answer], role: Role, share: float) -> int | None:
    return percentile([answer.latency_ms for answer in answered if answer.role == role], share)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)

"""From words and speakers to the turns of a conversation."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audit.speech.cues import fold
from audit.speech.timeline import union
from audit.types import (
    ChannelClock,
    Diarization,
    Hold,
    RoleAssignment,
    Segment,
    SpeakerTurn,
    Transcript,
    Utterance,
    Word,
)

#: The speaker of words that no diarized speech is near; such a speaker never gets a role.
UNASSIGNED = "unassigned"


@dataclass(frozen=True, slots=True)
class TurnOptions:
    """When one turn ends and the next begins.

    A pause longer than ``max_pause_ms`` ends a turn. While a speaker goes on within that, up to
    ``backchannel_words`` words of the other (at most ``backchannel_ms`` long) do not end it; more do,
    if the speaker yields for ``yield_ms`` at least. A word further than ``max_distance_ms`` from all
    diarized speech belongs to nobody.
    """

    max_pause_ms: int = 1500
    backchannel_words: int = 2
    backchannel_ms: int = 1200
    yield_ms: int = 200
    max_distance_ms: int = 1000


@dataclass(frozen=True, slots=True)
class Track:
    """A channel to be recognized: ``speakers`` are heard on it, during ``speech``."""

    channel: int
    speakers: tuple[str, ...]
    speech: tuple[Segment, ...]


def plan_tracks(diarization: Diarization) -> tuple[Track, ...]:
    """The channels that hold speakers, each once, in order; channel 0 for a mono recording."""
    by_channel: dict[int, list[str]] = {}
    for speaker in diarization.speakers:
        by_channel.setdefault(diarization.channel_of(speaker) or 0, []).append(speaker)
    return tuple(
        Track(
            channel,
            tuple(speakers),
            union(turn.segment for turn in diarization.turns if turn.speaker in speakers),
        )
        for channel, speakers in sorted(by_channel.items())
    )


def build_utterances(
    tracks: Sequence[Track],
    transcripts: Sequence[Transcript],
    diarization: Diarization,
    holds: Sequence[Hold] = (),
    options: TurnOptions = TurnOptions(),
) -> tuple[Utterance, ...]:
    """The turns of a call, roles ``unknown``, numbered from 0 in order of their start.

    ``transcripts`` are those of ``tracks``, in the same order. Words of a track with one speaker are
    that speaker's; of a track with several they go by the exclusive diarization. Words that both
    tracks of a stereo call heard at the same time (cross-talk) are kept once. Every other word is in
    exactly one turn. A hold between two words of a speaker ends the turn.

    Where the channels' clocks differ, turns are cut and put in order by the clock of channel 0; the
    times of the result are the file's own.
    """
    words = [
        tuple(sorted(_common_time(t.words, track.channel, diarization.clock), key=_time))
        for track, t in zip(tracks, transcripts, strict=True)
    ]
    if len(words) == 2:
        words = list(drop_echoes(words[0], words[1]))
    spoken: dict[str, list[Word]] = {}
    for track, heard in zip(tracks, words, strict=True):
        for word, speaker in zip(heard, _speakers(track, heard, diarization, options), strict=True):
            spoken.setdefault(speaker, []).append(word)
    runs = {speaker: _takeovers(said, options) for speaker, said in spoken.items()}
    utterances = [
        _utterance(speaker, diarization.channel_of(speaker), part)
        for speaker, said in spoken.items()
        for part in _split(
            said,
            sorted(
                _time(run) for other, found in runs.items() if other != speaker for run in found
            ),
            holds,
            options,
        )
    ]
    utterances.sort(key=lambda turn: (turn.start_ms, turn.end_ms, turn.speaker))
    return tuple(
        replace(_file_time(turn, diarization.clock), turn_index=index)
        for index, turn in enumerate(utterances)
    )


def with_roles(
    utterances: Sequence[Utterance], assignment: RoleAssignment
) -> tuple[Utterance, ...]:
    """``utterances`` with the role of each speaker filled in."""
    return tuple(replace(turn, role=assignment.role_of(turn.speaker)) for turn in utterances)


def drop_echoes(
    first: Sequence[Word], second: Sequence[Word]
) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Two tracks' words without what was heard on both at the same time.

    Of a pair (same folded text, half of the shorter word's time shared) the less probable one goes.
    A single short word is kept on both sides: two people do say «نعم» at once.
    """
    second_starts = [word.start_ms for word in second]
    longest_ms = max((word.end_ms - word.start_ms for word in second), default=0)
    pairs: list[tuple[int, int]] = []
    taken: set[int] = set()
    for index, word in enumerate(first):
        low = bisect_left(second_starts, word.start_ms - longest_ms)
        high = bisect_right(second_starts, word.end_ms)
        for other in range(low, high):
            if other not in taken and _same_word(word, second[other]):
                pairs.append((index, other))
                taken.add(other)
                break
    dropped_first: set[int] = set()
    dropped_second: set[int] = set()
    for run in _consecutive(pairs):
        if len(run) == 1 and len(fold(first[run[0][0]].text)) < 6:
            continue
        own = sum(first[index].probability for index, _ in run)
        others = sum(second[index].probability for _, index in run)
        if own >= others:
            dropped_second.update(index for _, index in run)
        else:
            dropped_first.update(index for index, _ in run)
    return (
        tuple(word for index, word in enumerate(first) if index not in dropped_first),
        tuple(word for index, word in enumerate(second) if index not in dropped_second),
    )


def _common_time(words: Sequence[Word], channel: int, clock: ChannelClock | None) -> Sequence[Word]:
    if clock is None or channel != 1:
        return words
    return [
        replace(
            word,
            start_ms=clock.on_common_clock(channel, word.start_ms),
            end_ms=clock.on_common_clock(channel, word.end_ms),
        )
        for word in words
    ]


def _file_time(turn: Utterance, clock: ChannelClock | None) -> Utterance:
    if clock is None or turn.channel != 1:
        return turn
    return replace(
        turn,
        start_ms=clock.on_file_clock(1, turn.start_ms),
        end_ms=clock.on_file_clock(1, turn.end_ms),
        words=tuple(
            replace(
                word,
                start_ms=clock.on_file_clock(1, word.start_ms),
                end_ms=clock.on_file_clock(1, word.end_ms),
            )
            for word in turn.words
        ),
    )


def _time(item: Word | Segment) -> tuple[int, int]:
    return item.start_ms, item.end_ms


def _same_word(word: Word, other: Word) -> bool:
    shared = min(word.end_ms, other.end_ms) - max(word.start_ms, other.start_ms)
    shorter = min(word.end_ms - word.start_ms, other.end_ms - other.start_ms)
    return shared > 0 and 2 * shared >= shorter and fold(word.text) == fold(other.text)


def _consecutive(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """``pairs`` in runs in which both indices go up by one."""
    runs: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if runs and (runs[-1][-1][0] + 1, runs[-1][-1][1] + 1) == pair:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return runs


def _speakers(
    track: Track, words: Sequence[Word], diarization: Diarization, options: TurnOptions
) -> list[str]:
    if len(track.speakers) == 1:
        return [track.speakers[0]] * len(words)
    turns = sorted(
        (turn for turn in diarization.exclusive if turn.speaker in track.speakers),
        key=lambda turn: turn.start_ms,
    )
    ends = [turn.end_ms for turn in turns]
    return [_speaker_at(word, turns, ends, options.max_distance_ms) for word in words]


def _speaker_at(
    word: Word, turns: Sequence[SpeakerTurn], ends: Sequence[int], max_distance_ms: int
) -> str:
    """Who speaks most of ``word``; the nearest turn's speaker when it falls between turns.

    ``turns`` do not overlap and are in order; ``ends`` are their ends.
    """
    shares: dict[str, int] = {}
    first = bisect_right(ends, word.start_ms)
    for turn in turns[first:]:
        if turn.start_ms >= word.end_ms:
            break
        shared = min(turn.end_ms, word.end_ms) - max(turn.start_ms, word.start_ms)
        shares[turn.speaker] = shares.get(turn.speaker, 0) + shared
    if shares:
        return max(sorted(shares), key=lambda speaker: shares[speaker])
    near = [
        (max(turn.start_ms - word.end_ms, word.start_ms - turn.end_ms, 0), turn.speaker)
        for turn in turns[max(0, first - 1) : first + 1]
    ]
    distance_ms, speaker = min(near, default=(max_distance_ms + 1, UNASSIGNED))
    return speaker if distance_ms <= max_distance_ms else UNASSIGNED


def _takeovers(words: Sequence[Word], options: TurnOptions) -> list[Segment]:
    """Stretches of a speaker's words that are more than a backchannel."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and word.start_ms - runs[-1][-1].end_ms <= options.max_pause_ms // 2:
            runs[-1].append(word)
        else:
            runs.append([word])
    return [
        Segment(run[0].start_ms, max(word.end_ms for word in run))
        for run in runs
        if len(run) > options.backchannel_words
        or max(word.end_ms for word in run) - run[0].start_ms > options.backchannel_ms
    ]


def _split(
    words: Sequence[Word],
    takeovers: Sequence[tuple[int, int]],
    holds: Sequence[Hold],
    options: TurnOptions,
) -> list[list[Word]]:
    """One speaker's words cut where a turn ends; ``takeovers`` are the others', in order."""
    starts = [start_ms for start_ms, _ in takeovers]
    parts: list[list[Word]] = [[words[0]]]
    end_ms = words[0].end_ms
    for before, word in pairwise(words):
        pause_ms = word.start_ms - end_ms
        began = bisect_left(starts, word.start_ms) > bisect_left(starts, before.start_ms)
        yielded = began and pause_ms >= options.yield_ms
        held = pause_ms > 0 and any(
            hold.start_ms < word.start_ms and end_ms < hold.end_ms for hold in holds
        )
        if pause_ms > options.max_pause_ms or yielded or held:
            parts.append([])
        parts[-1].append(word)
        end_ms = max(end_ms, word.end_ms)
    return parts


def _utterance(speaker: str, channel: int | None, words: Sequence[Word]) -> Utterance:
    text = re.sub(r"\s+", " ", " ".join(word.text.strip() for word in words)).strip()
    return Utterance(
        turn_index=0,
        role="unknown",
        speaker=speaker,
        channel=channel,
        start_ms=words[0].start_ms,
        end_ms=max(word.end_ms for word in words),
        text=text,
        words=tuple(words),
    )

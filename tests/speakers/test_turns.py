from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from audit.speech.turns import (
    UNASSIGNED,
    Track,
    build_utterances,
    drop_echoes,
    plan_tracks,
    with_roles,
)
from audit.types import (
    Diarization,
    Hold,
    RoleAssignment,
    Segment,
    SpeakerTurn,
    Transcript,
    Utterance,
    Word,
)


def words(*items: tuple[int, int, str]) -> tuple[Word, ...]:
    return tuple(Word(start, end, text, 0.8) for start, end, text in items)


def transcript(*items: tuple[int, int, str]) -> Transcript:
    return Transcript(words(*items), "ar")


def stereo(*turns: tuple[int, int, str]) -> Diarization:
    spoken = tuple(SpeakerTurn(*turn) for turn in turns)
    return Diarization(spoken, spoken, (("S0", 0), ("S1", 1)))


def mono(*turns: tuple[int, int, str]) -> Diarization:
    spoken = tuple(SpeakerTurn(*turn) for turn in turns)
    return Diarization(spoken, spoken)


def texts(utterances: tuple[Utterance, ...]) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in utterances]


def test_tracks_of_stereo_and_mono() -> None:
    assert plan_tracks(stereo((0, 900, "S0"), (1000, 2000, "S1"))) == (
        Track(0, ("S0",), (Segment(0, 900),)),
        Track(1, ("S1",), (Segment(1000, 2000),)),
    )
    one = plan_tracks(mono((0, 900, "S0"), (800, 2000, "S1")))
    assert one == (Track(0, ("S0", "S1"), (Segment(0, 2000),)),)
    assert plan_tracks(Diarization((), ())) == ()


def test_both_parties_on_the_second_channel_are_one_track() -> None:
    turns = (SpeakerTurn(0, 900, "S0"), SpeakerTurn(1000, 2000, "S1"))
    (track,) = plan_tracks(Diarization(turns, turns, (("S0", 1), ("S1", 1))))
    assert track.channel == 1
    assert track.speakers == ("S0", "S1")


def test_stereo_turns_alternate() -> None:
    diarization = stereo((0, 1000, "S0"), (1200, 2000, "S1"), (2200, 3000, "S0"))
    utterances = build_utterances(
        plan_tracks(diarization),
        [
            transcript(
                (0, 400, "نعم"), (500, 1000, "تفضل"), (2200, 2600, "طيب"), (2600, 3000, "شكرا")
            ),
            transcript((1200, 1500, "عندي"), (1500, 1800, "مشكلة"), (1800, 2000, "هنا")),
        ],
        diarization,
    )
    assert texts(utterances) == [("S0", "نعم تفضل"), ("S1", "عندي مشكلة هنا"), ("S0", "طيب شكرا")]
    assert [turn.turn_index for turn in utterances] == [0, 1, 2]
    assert [turn.channel for turn in utterances] == [0, 1, 0]
    assert [turn.role for turn in utterances] == ["unknown"] * 3


def test_backchannel_does_not_shred_a_turn() -> None:
    diarization = stereo((0, 3000, "S0"), (1400, 1700, "S1"))
    utterances = build_utterances(
        plan_tracks(diarization),
        [
            transcript(
                (0, 600, "راح"), (700, 1300, "نرفع"), (1800, 2400, "لك"), (2400, 3000, "طلب")
            ),
            transcript((1400, 1700, "إيه")),
        ],
        diarization,
    )
    assert texts(utterances) == [("S0", "راح نرفع لك طلب"), ("S1", "إيه")]


def test_long_pause_and_hold_end_a_turn() -> None:
    diarization = mono((0, 600, "S0"), (1500, 2000, "S0"), (9000, 9500, "S0"))
    heard = transcript((0, 600, "لحظة"), (1500, 2000, "معي"), (9000, 9500, "تفضل"))
    tracks = plan_tracks(diarization)
    plain = build_utterances(tracks, [heard], diarization)
    assert texts(plain) == [("S0", "لحظة معي"), ("S0", "تفضل")]
    held = build_utterances(tracks, [heard], diarization, [Hold(700, 1400, "music", False)])
    assert texts(held) == [("S0", "لحظة"), ("S0", "معي"), ("S0", "تفضل")]


def test_mono_words_go_to_the_speaker_of_most_of_their_time_or_the_nearest() -> None:
    diarization = mono((0, 1000, "S0"), (1000, 2000, "S1"))
    utterances = build_utterances(
        plan_tracks(diarization),
        [transcript((700, 1200, "ا"), (1300, 1900, "ب"), (2300, 2500, "ج"), (9000, 9200, "د"))],
        diarization,
    )
    assert texts(utterances) == [("S0", "ا"), ("S1", "ب ج"), (UNASSIGNED, "د")]
    roles = RoleAssignment((("S0", "agent"), ("S1", "caller")), 1.0, "")
    assert [turn.role for turn in with_roles(utterances, roles)] == ["agent", "caller", "unknown"]


def test_crosstalk_words_are_kept_once_on_the_surer_side() -> None:
    loud = words((0, 400, "السلام"), (400, 800, "عليكم"))
    faint = tuple(replace(word, probability=0.3, start_ms=word.start_ms + 30) for word in loud)
    assert drop_echoes(loud, faint) == (loud, ())
    assert drop_echoes(faint, loud) == ((), loud)


def test_two_people_may_say_yes_at_once() -> None:
    yes = words((0, 300, "نعم"))
    assert drop_echoes(yes, yes) == (yes, yes)


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Word, ...]:
    moments = draw(st.lists(st.tuples(st.integers(0, 40_000), st.integers(20, 900)), max_size=25))
    return tuple(
        Word(start, start + length, f"كلمه{index}", 0.5)
        for index, (start, length) in enumerate(sorted(moments))
    )


@st.composite
def diarized(draw: st.DrawFn) -> Diarization:
    edges = sorted(draw(st.sets(st.integers(0, 42_000), min_size=2, max_size=14)))
    turns = tuple(
        SpeakerTurn(start, end, draw(st.sampled_from(("S0", "S1", "S2"))))
        for start, end in itertools.pairwise(edges)
    )
    return Diarization(turns, turns)


@given(diarized(), spoken(), st.lists(st.integers(0, 40_000), max_size=3))
def test_no_word_of_mono_is_lost_doubled_or_out_of_order(
    diarization: Diarization, said: tuple[Word, ...], holds: list[int]
) -> None:
    utterances = build_utterances(
        plan_tracks(diarization),
        [Transcript(said, "ar")],
        diarization,
        [Hold(start, start + 3000, "silence", False) for start in holds],
    )
    check(utterances, said)


@given(spoken(), spoken())
def test_no_word_of_stereo_is_lost_doubled_or_out_of_order(
    first: tuple[Word, ...], second: tuple[Word, ...]
) -> None:
    second = tuple(replace(word, text=word.text + "ثاني") for word in second)
    diarization = stereo((0, 41_000, "S0"), (0, 41_000, "S1"))
    utterances = build_utterances(
        plan_tracks(diarization),
        [Transcript(first, "ar"), Transcript(second, "ar")],
        diarization,
    )
    check(utterances, (*first, *second))


def check(utterances: tuple[Utterance, ...], said: tuple[Word, ...]) -> None:
    assert Counter(word for turn in utterances for word in turn.words) == Counter(said)
    assert [turn.turn_index for turn in utterances] == list(range(len(utterances)))
    assert [t.start_ms for t in utterances] == sorted(t.start_ms for t in utterances)
    for turn in utterances:
        starts = [word.start_ms for word in turn.words]
        assert starts == sorted(starts)
        assert turn.start_ms == starts[0]
        assert turn.end_ms == max(word.end_ms for word in turn.words)
        assert turn.text.split() == [word.text for word in turn.words]
    by_speaker: dict[str, int] = {}
    for turn in utterances:
        assert turn.start_ms >= by_speaker.get(turn.speaker, 0)
        by_speaker[turn.speaker] = turn.start_ms

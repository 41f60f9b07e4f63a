from __future__ import annotations

import numpy as np
import pytest

from audit.speech.interruptions import find_interruptions
from audit.speech.measures import heard_parties, measure_call, measure_quarters
from audit.speech.opening import Opening
from audit.types import (
    AudioInfo,
    CallMetrics,
    ChannelClock,
    Diarization,
    Hold,
    RoleAssignment,
    Segment,
    SpeakerTurn,
    Utterance,
    Waveform,
    Word,
)
from tests.speakers.sounds import turns

ROLES = RoleAssignment((("S0", "agent"), ("S1", "caller")), 1.0, "told")
SILENCE = Waveform(np.zeros((2, 16 * 60_000), np.float32), AudioInfo(60_000, 2, 8000, "pcm"))


def stereo(*items: tuple[int, int, str]) -> Diarization:
    spoken = turns(*items)
    return Diarization(spoken, spoken, (("S0", 0), ("S1", 1)))


def measured(
    diarization: Diarization, holds: tuple[Hold, ...] = (), utterances: tuple[Utterance, ...] = ()
) -> CallMetrics:
    opening = Opening(None)
    parties = heard_parties(SILENCE, diarization, utterances, ROLES, holds, opening)
    return measure_call(diarization, ROLES, parties, opening)


def test_measures_of_a_call() -> None:
    diarization = stereo(
        (1000, 4000, "S0"), (3800, 8000, "S1"), (8500, 10_000, "S0"),
        (30_500, 33_000, "S0"), (37_000, 40_000, "S1"),
    )  # fmt: skip
    metrics = measured(diarization, (Hold(10_400, 30_100, "music", True),))
    expected = CallMetrics(
        agent_talk_ms=7000,
        caller_talk_ms=7200,
        overlap_ms=200,
        hold_ms=19_700,
        longest_hold_ms=19_700,
        hold_count=1,
        dead_air_ms=4000,
        first_agent_word_ms=1000,
        ended_by="caller",
        agent_talk_share=0.493,
        agent_syllables_per_s=0.0,
        caller_syllables_per_s=0.0,
        agent_latency_median_ms=500,
        agent_latency_p90_ms=500,
        caller_latency_median_ms=0,
        caller_latency_p90_ms=4000,
        loudness_difference_db=0.0,
        agent_longest_monologue_ms=4800,
        caller_longest_monologue_ms=4200,
        last_speaker="caller",
    )
    assert metrics == expected


def test_music_taken_for_the_agent_is_no_talk() -> None:
    diarization = stereo((0, 2000, "S0"), (12_000, 18_000, "S0"), (20_000, 21_000, "S1"))
    metrics = measured(diarization, (Hold(5000, 19_000, "music", False),))
    assert metrics.agent_talk_ms == 2000
    assert metrics.overlap_ms == 0


def test_first_word_comes_from_the_words_where_there_are_any() -> None:
    diarization = stereo((0, 2000, "S0"), (3000, 4000, "S1"))
    words = (Utterance(0, "agent", "S0", 0, 700, 2000, "نعم"),)
    assert measured(diarization, utterances=words).first_agent_word_ms == 700


def test_a_call_in_which_nobody_or_no_agent_speaks() -> None:
    assert measured(Diarization((), ())) == CallMetrics()
    alone = measured(stereo((0, 1000, "S1")))
    assert alone.first_agent_word_ms is None
    assert alone.ended_by == "caller"


@pytest.mark.parametrize(
    ("caller", "agent", "interrupted"),
    [
        ((0, 5000), (4200, 8000), True),
        ((0, 5000), (4700, 8000), False),  # an ordinary change of speaker
        ((0, 5000), (3000, 3600), False),  # a backchannel
        ((0, 5000), (4300, 5100), False),  # begun together with its end, nothing taken
        ((0, 5000), (1000, 8000), False),  # both talk on for seconds: neither stopped for it
        ((0, 5000), (200, 8000), False),  # begun together
        ((0, 5000), (5200, 8000), False),
    ],
)
def test_interruption(caller: tuple[int, int], agent: tuple[int, int], interrupted: bool) -> None:
    diarization = stereo((*caller, "S1"), (*agent, "S0"))
    metrics = measured(diarization)
    assert metrics.agent_interruptions == int(interrupted)
    assert metrics.caller_interruptions == 0


def test_interruptions_by_both_in_order() -> None:
    diarization = stereo(
        (0, 4000, "S0"), (3200, 9000, "S1"), (8200, 9800, "S0"), (9900, 12_000, "S0")
    )
    assert [(i.at_ms, i.by, i.of) for i in find_interruptions(diarization)] == [
        (3200, "S1", "S0"),
        (8200, "S0", "S1"),
    ]


def test_edges_of_mono_speakers_are_trusted_less() -> None:
    spoken = turns((0, 5000, "S1"), (4480, 8000, "S0"))
    assert find_interruptions(Diarization(spoken, spoken)) == ()
    assert len(find_interruptions(Diarization(spoken, spoken, (("S0", 0), ("S1", 1))))) == 1


def test_bystanders_interrupt_nobody_that_counts() -> None:
    diarization = Diarization((SpeakerTurn(0, 5000, "S1"), SpeakerTurn(4000, 8000, "S2")), ())
    assert measured(diarization).agent_interruptions == 0


def test_who_ended_the_call() -> None:
    done = measured(stereo((0, 4000, "S0"), (5000, 9000, "S1")))
    assert (done.last_speaker, done.ended_by, done.cut_off) == ("caller", "caller", False)
    torn = measured(stereo((0, 4000, "S0"), (5000, 59_950, "S1")))
    assert (torn.last_speaker, torn.ended_by, torn.cut_off) == ("caller", "agent", True)


def test_a_menu_is_not_the_agents_talk() -> None:
    diarization = stereo((0, 4000, "S0"), (6000, 9000, "S0"), (10_000, 11_000, "S1"))
    opening = Opening(6000, menu=(Segment(0, 4000),))
    parties = heard_parties(SILENCE, diarization, (), ROLES, (), opening)
    metrics = measure_call(diarization, ROLES, parties, opening)
    assert (metrics.agent_talk_ms, metrics.menu_ms, metrics.heard_wait_ms) == (3000, 4000, 2000)
    assert metrics.first_agent_word_ms == 6000


def test_words_per_minute_are_of_the_time_of_speaking() -> None:
    words = tuple(Word(n * 400, n * 400 + 300, "نعم", 0.9) for n in range(10))
    turn = Utterance(0, "agent", "S0", 0, 0, 3900, "نعم " * 10, words)
    metrics = measured(stereo((0, 4000, "S0"), (50_000, 51_000, "S1")), utterances=(turn,))
    assert metrics.agent_words_per_min == 150.0
    assert metrics.caller_words_per_min is None


def test_quarters_are_of_the_conversation() -> None:
    diarization = stereo((10_000, 15_000, "S0"), (15_500, 20_000, "S1"), (40_000, 50_000, "S0"))
    parties = heard_parties(SILENCE, diarization, (), ROLES, (), Opening(10_000))
    quarters = measure_quarters(parties)
    assert [(q.quarter, q.start_ms, q.end_ms) for q in quarters] == [
        (1, 10_000, 20_000), (2, 20_000, 30_000), (3, 30_000, 40_000), (4, 40_000, 50_000),
    ]  # fmt: skip
    assert [q.agent_talk_ms for q in quarters] == [5000, 0, 0, 10_000]
    assert quarters[0].agent_talk_share == pytest.approx(5000 / 9500, abs=1e-3)
    assert quarters[1].agent_talk_share is None
    assert quarters[0].caller_latency_ms == 500
    assert sum(q.caller_talk_ms for q in quarters) == 4500


def test_no_quarters_of_a_monologue() -> None:
    diarization = stereo((0, 5000, "S0"))
    assert measure_quarters(heard_parties(SILENCE, diarization, (), ROLES, (), Opening(0))) == ()


def test_overlap_is_measured_on_one_clock() -> None:
    spoken = turns((0, 5000, "S0"), (5000, 9000, "S1"))
    apart = Diarization(spoken, spoken, (("S0", 0), ("S1", 1)), ChannelClock(900.0, 0.0))
    metrics = measured(apart)
    assert metrics.overlap_ms == 900
    assert metrics.caller_interruptions == 1
    assert metrics.channel_offset_ms == 900

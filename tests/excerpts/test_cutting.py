"""Where excerpts begin and end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reporting.excerpts.cutting import Cutter, spoken_spans
from audit.types import Segment, Utterance, Word

CONTEXT_MS = 4000


def turn(index: int, words: list[tuple[int, int]], role: str = "agent") -> Utterance:
    made = tuple(Word(start, end, "كلمة", 0.9) for start, end in words)
    return Utterance(index, role, "S0", 0, words[0][0], words[-1][1], "كلمة", made)


def noise(duration_ms: int, loud: list[tuple[int, int]]) -> np.ndarray:
    samples = np.random.default_rng(1).normal(0, 1e-4, (1, duration_ms * 16)).astype(np.float32)
    for start, end in loud:
        samples[:, start * 16 : end * 16] *= 2000
    return samples


def cut(turns, moment, duration_ms, sound, context_ms=CONTEXT_MS):
    cutter = Cutter(spoken_spans(turns), context_ms, duration_ms)
    window = cutter.window(moment)
    return cutter.cut(moment, window, sound[:, window.start_ms * 16 : window.end_ms * 16])


@st.composite
def conversations(draw):
    """Words of two parties, who may talk over each other, and a moment of one of them."""
    parties = []
    for _ in range(2):
        clock, words = draw(st.integers(0, 3000)), []
        for _ in range(draw(st.integers(1, 60))):
            length = draw(st.integers(0, 900))
            words.append((clock, clock + length))
            clock += length + draw(st.sampled_from([0, 0, 0, 10, 60, 150, 700, 4000]))
        parties.append(words)
    first = draw(st.integers(0, len(parties[0]) - 1))
    last = draw(st.integers(first, len(parties[0]) - 1))
    moment = Segment(parties[0][first][0], parties[0][last][1])
    end = max(words[-1][1] for words in parties)
    return parties, moment, max(1, end + draw(st.integers(-500, 2000)))


@given(conversations(), st.sampled_from([0, 500, 4000, 20_000]))
def test_no_word_is_ever_cut_in_two_and_the_moment_is_whole(conversation, context_ms):
    parties, moment, duration_ms = conversation
    turns = [turn(0, parties[0]), turn(1, parties[1], "caller")]
    sound = np.random.default_rng(0).normal(0, 0.1, (1, duration_ms * 16)).astype(np.float32)
    found = cut(turns, moment, duration_ms, sound, context_ms)
    assert 0 <= found.start_ms < found.end_ms
    assert found.end_ms <= max(duration_ms, found.start_ms + 1)
    assert found.start_ms <= min(moment.start_ms, duration_ms)
    assert found.end_ms >= min(moment.end_ms, duration_ms)
    for start, end in parties[0] + parties[1]:
        assert not start < found.start_ms < min(end, duration_ms), "begins within a word"
        assert not start < found.end_ms < min(end, duration_ms), "ends within a word"


@given(conversations())
def test_fades_are_over_before_the_first_word_and_begin_after_the_last(conversation):
    parties, moment, duration_ms = conversation
    turns = [turn(0, parties[0]), turn(1, parties[1], "caller")]
    sound = np.zeros((1, duration_ms * 16), np.float32)
    found = cut(turns, moment, duration_ms, sound)
    for start, end in parties[0] + parties[1]:
        if start < end and start >= found.start_ms and start < found.end_ms:
            assert found.start_ms + found.fade_in_ms <= start + 5
        if start < end and end <= found.end_ms and end > found.start_ms:
            assert found.end_ms - found.fade_out_ms >= end - 5


def test_the_context_is_about_what_was_asked_for():
    words = [(start, start + 300) for start in range(0, 60_000, 400)]
    loud = [(start, end) for start, end in words]
    found = cut([turn(0, words)], Segment(20_000, 22_300), 60_000, noise(60_000, loud))
    assert 15_000 < found.start_ms < 16_500
    assert 25_800 < found.end_ms < 27_500


def test_a_pause_nearby_is_taken_rather_than_the_place_itself():
    words = [(s, s + 380) for s in range(0, 14_000, 400)]
    words += [(s, s + 380) for s in range(15_000, 40_000, 400)]
    found = cut([turn(0, words)], Segment(19_000, 21_380), 40_000, noise(40_000, words))
    assert 14_000 <= found.start_ms <= 15_000


def test_of_a_gap_the_quietest_place_is_taken():
    words = [(0, 4000), (5000, 9000)]
    # A breath fills the gap but for 60 ms.
    sound = noise(9000, [(0, 4700), (4760, 9000)])
    found = cut([turn(0, words)], Segment(5000, 9000), 9000, sound, context_ms=0)
    assert 4700 <= found.start_ms <= 4760


def test_where_words_have_no_gaps_a_cut_goes_where_it_is_quiet():
    """Recognizers let words touch each other; between some of them it is quiet all the same."""
    words = [(start, start + 500) for start in range(0, 20_000, 500)]
    loud = [(start, start + 500) for start in range(0, 20_000, 500)]
    loud[11] = (5500, 5920)  # half a pause before 6000
    loud[12] = (6080, 6500)
    found = cut([turn(0, words)], Segment(10_500, 12_000), 20_000, noise(20_000, loud))
    assert found.start_ms == 6000


def test_people_who_talk_without_a_gap_are_heard_until_there_is_one():
    words = [(0, 500), (1000, 31_000), (32_000, 33_000)]
    found = cut([turn(0, words)], Segment(15_000, 16_000), 33_500, noise(33_500, words), 1000)
    assert 500 <= found.start_ms <= 1000
    assert 31_000 <= found.end_ms <= 32_000


def test_a_turn_without_words_is_not_cut():
    silent = Utterance(0, "agent", "S0", 0, 2000, 9000, "نص بلا أوقات")
    found = cut([silent], Segment(2000, 9000), 10_000, noise(10_000, [(2000, 9000)]))
    assert found.start_ms <= 2000
    assert found.end_ms >= 9000


def test_silence_before_the_first_word_is_kept_short():
    words = [(30_000, 31_000)]
    found = cut([turn(0, words)], Segment(30_000, 31_000), 60_000, noise(60_000, words))
    assert 29_300 <= found.start_ms <= 29_990
    assert 31_010 <= found.end_ms <= 31_700


@pytest.mark.parametrize("words", [[(0, 400)], [(0, 400), (400, 800)]])
def test_a_recording_that_begins_with_a_word_is_cut_at_its_beginning(words):
    found = cut([turn(0, words)], Segment(0, 400), 800, noise(800, words))
    assert found.start_ms == 0

from __future__ import annotations

import random

import pytest

from audit.language.noise import RecognizerNoise
from audit.resources import resource_path
from audit.speech.role_grams import LEXICON, agent_log_odds, grams
from audit.speech.roles import assign_roles
from audit.training.corpus import Corpus, read_calls, read_turns
from audit.training.train_roles import role_table, train_roles
from audit.types import CallMetadata, Diarization, SpeakerTurn, Utterance


@pytest.fixture(scope="module")
def corpus():
    folder = resource_path("data/brushoff")
    return Corpus(read_turns(folder / "turns.jsonl"), read_calls(folder / "calls.jsonl"))


def test_grams_are_folded_words_and_their_pieces():
    assert list(grams("أبغى،")) == [" ابغي ", " ابغ", "ابغي", "بغي "]
    assert list(grams("٥ !")) == []


def test_the_table_tells_who_says_a_word():
    table = role_table(["حياك الله"] * 20, ["ابغى اشتكي"] * 20)
    assert table[" حياك "] > 1
    assert table[" ابغي "] < -1


def test_the_table_in_the_repository_is_that_of_the_corpus(corpus, tmp_path):
    made = tmp_path / "grams.tsv"
    assert train_roles(corpus, made) > 1000
    assert made.read_text("utf-8") == resource_path(LEXICON).read_text("utf-8")


def test_unknown_words_say_nothing():
    assert agent_log_odds(["xyzzy", "", "؟!"]) == 0


def conversation(call, noise, rng):
    utterances, start = [], 0
    for index, turn in enumerate(call.turns):
        length = 400 * len(turn.text.split())
        speaker = "S0" if turn.role == "agent" else "S1"
        text = noise.corrupt(turn.text, 0.5, rng)
        utterances.append(Utterance(index, "unknown", speaker, None, start, start + length, text))
        start += length + 300
    return utterances


def test_roles_of_held_out_calls_with_half_the_words_misheard(corpus):
    noise, rng = RecognizerNoise.from_resources(), random.Random(5)
    calls = [call for call in corpus.calls if call.origin.split != "train"]
    right = wrong = 0
    for call in calls:
        utterances = conversation(call, noise, rng)
        spoken = tuple(SpeakerTurn(u.start_ms, u.end_ms, u.speaker) for u in utterances)
        found = assign_roles(utterances, Diarization(spoken, spoken), CallMetadata())
        if found.confidence >= 0.5:
            right += found.role_of("S0") == "agent"
            wrong += found.role_of("S0") != "agent"
    assert right >= 0.88 * len(calls)
    assert wrong <= 0.02 * len(calls)

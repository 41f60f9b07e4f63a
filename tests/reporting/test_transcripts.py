"""Transcript formats, each read back by the rules of its own standard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from audit.reporting.transcripts import WRITERS
from audit.types import (
    AudioInfo,
    Diarization,
    Hold,
    Recording,
    SpeakerTurn,
    TranscribedCall,
    Utterance,
    Word,
)
from tests.dummies import RATE_HZ

SPOKEN = (SpeakerTurn(500, 2000, "S0"), SpeakerTurn(1900, 3_725_250, "S1"))


@pytest.fixture
def call():
    words = (Word(500, 900, "حياك", 0.91), Word(1000, 1800, "الله", 0.5))
    return TranscribedCall(
        Recording("C 1", Path("/calls/my call.wav"), "ab" * 32),
        AudioInfo(3_730_000, 2, RATE_HZ, "pcm_mulaw"),
        "ar",
        (
            Utterance(0, "agent", "S0", 0, 500, 2000, "حياك الله", words),
            Utterance(1, "caller", "S1", 1, 1900, 3_725_250, "a <b> & -->\nc"),
        ),
        Diarization(SPOKEN, SPOKEN, (("S0", 0), ("S1", 1))),
        (Hold(10_000, 20_000, "music", True),),
    )


def test_text(call):
    assert WRITERS["text"](call).splitlines()[0] == "[00:00:00.500] agent: حياك الله"


def test_json_holds_everything(call):
    value = json.loads(WRITERS["json"](call))
    assert value["call_id"] == "C 1"
    assert [w["text"] for w in value["turns"][0]["words"]] == ["حياك", "الله"]
    assert value["holds"] == [
        {"start_ms": 10_000, "end_ms": 20_000, "kind": "music", "announced": True}
    ]


def test_vtt_escapes_text_and_counts_hours(call):
    text = WRITERS["vtt"](call)
    assert text.startswith("WEBVTT\n\n")
    assert "00:00:01.900 --> 01:02:05.250\n<v caller>a &lt;b&gt; &amp; --&gt; c\n" in text


def test_srt_cues_are_numbered_and_apart(call):
    cues = WRITERS["srt"](call).split("\n\n")
    assert [cue.splitlines()[0] for cue in cues] == ["1", "2"]
    assert "00:00:00,500 --> 00:00:02,000" in cues[0]


def test_rttm_has_ten_fields(call):
    lines = WRITERS["rttm"](call).splitlines()
    assert lines[0] == "SPEAKER my_call 1 0.500 1.500 <NA> <NA> agent <NA> <NA>"
    assert all(len(line.split()) == 10 for line in lines)


def test_ctm_is_a_line_a_word(call):
    lines = WRITERS["ctm"](call).splitlines()
    assert lines == ["my_call 1 0.500 0.400 حياك 0.910", "my_call 1 1.000 0.800 الله 0.500"]


def test_vcon_refers_to_the_sound_by_name_and_hash(call):
    value = json.loads(WRITERS["vcon"](call))
    assert re.fullmatch(r"\d+\.\d+\.\d+", value["vcon"])
    assert value["dialog"][0]["filename"] == "my call.wav"
    assert value["dialog"][0]["content_hash"].endswith("ab" * 32)
    roles = [value["parties"][turn["party"]]["role"] for turn in value["analysis"][0]["body"]]
    assert roles == ["agent", "caller"]


@pytest.mark.parametrize("name", WRITERS)
def test_a_call_without_words(call, name):
    silent = TranscribedCall(call.recording, call.info, "ar", (), Diarization((), ()))
    assert isinstance(WRITERS[name](silent), str)

"""What is said in an excerpt, with its times."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from audit.reporting.excerpts.captions import as_webvtt, caption_lines
from audit.types import Segment, Utterance, Word

CUE = re.compile(r"(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})")
STAMP = re.compile(r"<(\d\d):(\d\d):(\d\d)\.(\d{3})>")


def milliseconds(parts) -> int:
    hours, minutes, seconds, rest = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def parsed(vtt: str):
    """Cues as (start, end, timestamps, text without tags); fails on what WebVTT does not allow."""
    head, *blocks = vtt.split("\n\n")
    assert head.rstrip("\n") == "WEBVTT"
    cues = []
    for block in blocks:
        timing, *lines = block.strip("\n").split("\n")
        match = CUE.fullmatch(timing)
        assert match, timing
        assert len(lines) == 1, "a blank line or a break would end the cue"
        start, end = milliseconds(match.groups()[:4]), milliseconds(match.groups()[4:])
        stamps = [milliseconds(found) for found in STAMP.findall(lines[0])]
        assert start < end
        assert all(start < stamp < end for stamp in stamps)
        assert stamps == sorted(set(stamps))
        text = re.sub(r"<(?:v \w+|[\d:.]+)>", "", lines[0])
        assert not re.search("[<>]|-->", text)
        cues.append((start, end, stamps, text))
    return cues


def turn(index, words, role="agent"):
    made = tuple(Word(start, end, text, 0.9) for start, end, text in words)
    text = " ".join(word.text for word in made)
    return Utterance(index, role, "S", 0, made[0].start_ms, made[-1].end_ms, text, made)


def test_times_are_those_of_the_excerpt_and_words_outside_are_left_out():
    turns = [
        turn(0, [(0, 400, "قبل"), (9_000, 9_400, "وين")], "caller"),
        turn(1, [(10_500, 10_900, "تطمن"), (11_000, 11_400, "خير"), (20_000, 20_300, "بعد")]),
    ]
    lines = caption_lines(turns, Segment(8_500, 12_000))
    assert [(line.role, line.text) for line in lines] == [("caller", "وين"), ("agent", "تطمن خير")]
    assert parsed(as_webvtt(lines)) == [
        (500, 900, [], "وين"),
        (2_000, 2_900, [2_500], "تطمن خير"),
    ]


def test_what_is_said_is_text():
    lines = caption_lines([turn(0, [(0, 900, "<b>&"), (900, 1800, "-->\n\nx")])], Segment(0, 2000))
    assert "&lt;b&gt;&amp; <00:00:00.900>--&gt; x" in as_webvtt(lines)
    parsed(as_webvtt(lines))


def test_a_turn_without_words_has_its_text():
    silent = Utterance(0, "agent", "S", 0, 1000, 3000, "نص بلا أوقات")
    assert parsed(as_webvtt(caption_lines([silent], Segment(500, 2500)))) == [
        (500, 2000, [], "نص بلا أوقات")
    ]


def test_nothing_said_is_a_file_of_captions_too():
    assert as_webvtt(()) == "WEBVTT\n"


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 20_000), st.integers(0, 2000), st.text(min_size=1, max_size=8)),
            min_size=1, max_size=8,
        ),
        max_size=4,
    ),
    st.integers(0, 15_000),
)  # fmt: skip
def test_captions_are_valid_whatever_was_recognized(turns, start):
    utterances = [
        turn(index, sorted((at, at + length, text) for at, length, text in words))
        for index, words in enumerate(turns)
    ]
    span = Segment(start, start + 5000)
    for first, last, _, _ in parsed(as_webvtt(caption_lines(utterances, span))):
        assert 0 <= first < last <= span.duration_ms + 1

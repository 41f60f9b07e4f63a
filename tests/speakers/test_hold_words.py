# ruff: noqa: E501
"""Announcements of a wait, in phrases by other authors than those the lexicon was made with, misheard."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from audit.language.noise import RecognizerNoise
from audit.resources import resource_path
from audit.speech.hold_words import NEAR_WORDS, speaks_of_wait
from audit.speech.misheard import folded_words, similarity

HELD_OUT = Path(__file__).with_name("hold_announcements.tsv")
#: Turns with one of these may announce a wait; they are no evidence of false alarms.
OF_WAITING = re.compile(
    "لحظ|ثوان|ثاني|خليك|خلك|خلج|خليج|نتظر|نتظار|دقيق|دقايق|دقائق|استن|تستن|صبر|خط|تقفل|تسكر|شوي|مهل"
    "|أرجع|ارجع|برجع|راجع"
)
AUTHORS = {"abh", "njd", "qsm", "hjz", "lev"}


def announcements() -> list[str]:
    lines = HELD_OUT.read_text(encoding="utf-8").splitlines()
    return [line.split("\t")[1] for line in lines if not line.startswith("#")]


def other_turns() -> list[str]:
    lines = resource_path("data/brushoff/calls.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [
        turn["text"]
        for call in map(json.loads, lines)
        if call["author"] in AUTHORS
        for turn in call["turns"]
        if turn["speaker"] == "agent" and not OF_WAITING.search(turn["text"])
    ]
    return random.Random(11).sample(texts, 250)


def misheard(text: str, share: float, rng: random.Random, noise: RecognizerNoise) -> str:
    return noise.corrupt(" ".join(text.split()[-NEAR_WORDS:]), share, rng)


@pytest.mark.parametrize(("share", "found"), [(0.0, 0.9), (0.5, 0.5)])
def test_announcements_by_others_are_found(share: float, found: float) -> None:
    noise, rng = RecognizerNoise.from_resources(), random.Random(4)
    texts = announcements()
    hits = sum(speaks_of_wait(misheard(text, share, rng, noise), "before") for text in texts)
    assert hits >= found * len(texts)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_other_turns_rarely_announce(share: float) -> None:
    noise, rng = RecognizerNoise.from_resources(), random.Random(4)
    texts = other_turns()
    alarms = sum(speaks_of_wait(misheard(text, share, rng, noise), "before") for text in texts)
    assert alarms <= 0.03 * len(texts)


@pytest.mark.parametrize(
    "heard",
    [
        "زين خليك معايا على الخط. بس ألقسم المخطص وارجع لك لطيقة محدة.",
        "ما وايدها الحالية ومعيش لانه فنظر لحظمعي ما تسأل أليادة إذا عندهم مكان طروف",
        "لعبد من كل أسدد لرخص الصحيحة ويبيلة إعتماد من المحاسب خلق معيض الآقى كلمو.",
    ],
)
def test_what_whisper_heard_of_the_sample_calls_announcements(heard: str) -> None:
    assert speaks_of_wait(heard, "before")


@pytest.mark.parametrize(
    "heard",
    [
        "ألو. ألو. معايا.",
        "شكرا لنتيظارك. ولا ألقسم مرض علي.",
        "شكرا من تظارك أليادة إذا عندهم إلغاء يوم الأحد",
        "شكرا لصبرك. المحاسب إعتمدها. والإغاف إنفكر",
    ],
)
def test_what_whisper_heard_after_the_holds(heard: str) -> None:
    assert speaks_of_wait(heard, "after")


@pytest.mark.parametrize("text", ["", "؟!", "ملاحظتك محل اهتمام", "هذي شركة ثانية", "تذكرة السفر"])
def test_words_that_look_alike_do_not_count(text: str) -> None:
    assert not speaks_of_wait(text, "before")


def test_likeness_of_letters() -> None:
    assert similarity("لحظه", folded_words(["لحظة"])) == 1.0
    assert similarity("لحظه", folded_words(["ملاحظة"])) < similarity("لحظه", folded_words(["لحضة"]))
    assert similarity("خلكمعي", folded_words(["خلق", "معي"])) > 0.9
    assert similarity("", ()) == similarity("لحظه", ()) == 0.0

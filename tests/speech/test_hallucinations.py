from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.speech.hallucinations import (
    collapse_loops,
    compression_ratio,
    drop_outside_speech,
    is_stock_phrase,
    is_too_fast,
    keep_spoken,
    split_at_pauses,
)
from audit.speech.hypothesis import Hypothesis
from audit.types import Segment, Word

SPEECH = (Segment(0, 600_000),)
ARABIC_WORDS = st.sampled_from(["نعم", "طيب", "الطلب", "رقم", "بكرة", "الفرع", "شكرا", "لا"])


def said(text: str, start_ms: int = 0, word_ms: int = 400) -> tuple[Word, ...]:
    return tuple(
        Word(start_ms + i * word_ms, start_ms + (i + 1) * word_ms, word, 0.8)
        for i, word in enumerate(text.split())
    )


def kept(words: tuple[Word, ...], speech: tuple[Segment, ...] = SPEECH) -> str:
    return " ".join(word.text for word in keep_spoken(Hypothesis(words, -0.3, 0.1), speech))


@pytest.mark.parametrize(
    "text",
    [
        "ترجمة نانسي قنقر",
        "تَرْجَمَة نانسي قنقر.",
        "اشتركوا في القناة!",
        "شكراً للمشاهدة",
        "موسيقى",
        "[موسيقى]",
        "[ موسيقى هادئة ]",
        "♪♪♪",
        "(تصفيق)",
        "تمت الترجمة بواسطة فريق العمل",
        "لا تنسوا الاشتراك في القناة",
        "Thanks for watching!",
    ],
)
def test_stock_phrases_go(text: str) -> None:
    assert is_stock_phrase(text)
    assert kept(said(text)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "شكرا",
        "شكرا لك",
        "شكرا على المتابعة",
        "نعم",
        "مع السلامة",
        "حياك الله",
        "ترجمة الوثيقة تحتاج ختم",
        "حطيتوني على موسيقى الانتظار ساعة",
        "أبغى أشترك في القناة الرياضية",
        "رقم (واحد) من الاستمارة",
        "",
    ],
)
def test_speech_stays(text: str) -> None:
    assert not is_stock_phrase(text)
    assert kept(said(text)) == " ".join(text.split())


def test_a_credit_after_speech_goes_alone() -> None:
    words = said("رقم الطلب خمسة") + said("ترجمة نانسي قنقر", start_ms=5_000)
    assert kept(words) == "رقم الطلب خمسة"


def test_loops_are_said_once() -> None:
    assert kept(said("طيب " + "إن شاء الله " * 30 + "مع السلامة")) == "طيب إن شاء الله مع السلامة"
    assert kept(said("نعم نعم نعم")) == "نعم نعم نعم"


def test_a_loop_that_is_no_exact_repeat_goes_by_its_compression() -> None:
    text = " ".join(
        f"قال لي الرجل أنه سيتصل بي غدا {'ثم' if i % 2 else 'و'} بعد" for i in range(14)
    )
    assert compression_ratio(text) > 2.4
    assert kept(said(text)) == ""


def test_what_the_model_itself_did_not_hear_goes() -> None:
    words = said("كلام كثير هنا")
    assert keep_spoken(Hypothesis(words, -1.5, 0.9), SPEECH) == ()
    assert keep_spoken(Hypothesis(words, -0.2, 0.9), SPEECH) == words
    assert keep_spoken(Hypothesis(words, -1.5, 0.1), SPEECH) == words
    assert keep_spoken(Hypothesis(words), SPEECH) == words


def test_words_away_from_speech_go() -> None:
    words = said("هنا") + said("هناك", start_ms=5_000)
    assert drop_outside_speech(words, (Segment(0, 500),)) == words[:1]
    assert drop_outside_speech(words, ()) == ()


def test_faster_than_speech_goes() -> None:
    assert is_too_fast(said("واحد اثنين ثلاثة أربعة خمسة", word_ms=50), SPEECH)
    assert not is_too_fast(said("واحد اثنين ثلاثة أربعة خمسة", word_ms=200), SPEECH)
    assert not is_too_fast(said("طيب", word_ms=20), SPEECH), "one word has no rate"
    assert is_too_fast(said("واحد اثنين ثلاثة أربعة"), (Segment(0, 100),)), "only speech counts"


def test_compression_ratio_of_nothing() -> None:
    assert compression_ratio("") == 0.0


@given(st.lists(ARABIC_WORDS, max_size=40), st.integers(50, 900))
def test_what_is_kept_is_a_subsequence(texts: list[str], word_ms: int) -> None:
    words = said(" ".join(texts), word_ms=word_ms)
    found = keep_spoken(Hypothesis(words, -0.5, 0.2), SPEECH)
    remaining = iter(words)
    assert all(any(word is other for other in remaining) for word in found)


@given(st.lists(ARABIC_WORDS, min_size=1, max_size=6), st.integers(5, 30))
def test_no_loop_survives(phrase: list[str], repeats: int) -> None:
    words = said(" ".join(phrase * repeats))
    assert len(collapse_loops(words)) <= len(phrase)


@given(st.lists(st.tuples(st.integers(0, 2_000), st.integers(1, 500)), max_size=20))
def test_splitting_loses_nothing(steps: list[tuple[int, int]]) -> None:
    words, at = [], 0
    for pause, length in steps:
        words.append(Word(at + pause, at + pause + length, "كلمة", 0.5))
        at += pause + length
    assert [word for segment in split_at_pauses(words) for word in segment] == words

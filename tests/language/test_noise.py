from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.language.noise import RecognizerNoise, read_confusions
from audit.language.normalization import normalize
from audit.resources import resource_path

NOISE = RecognizerNoise.from_resources()
TEXT = "رفعت لك البلاغ الحين والفني خالد بيتصل عليك قبل صلاة العصر على نفس الجوال"
ARABIC = st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي ", max_size=60)


def errors(said: str, heard: str) -> float:
    jiwer = pytest.importorskip("jiwer")
    return float(jiwer.wer(said, heard))


def test_no_noise_changes_only_the_spelling() -> None:
    assert NOISE.corrupt("إنْ شاءَ اللهُ ٤٨", 0.0, random.Random(1)) == "ان شاء الله 48"


def test_the_same_seed_gives_the_same_noise() -> None:
    first, second = (NOISE.corrupt(TEXT, 0.5, random.Random(3)) for _ in range(2))
    assert first == second != normalize(TEXT)


@pytest.mark.parametrize("rate", [0.2, 0.4, 0.6])
def test_the_word_error_rate_is_about_what_was_asked(rate: float) -> None:
    rng = random.Random(5)
    said = normalize(TEXT)
    found = sum(errors(said, NOISE.corrupt(TEXT, rate, rng)) for _ in range(400)) / 400
    assert abs(found - rate) < 0.08


@given(ARABIC, st.floats(0.0, 1.0), st.integers())
def test_words_never_all_vanish(text: str, rate: float, seed: int) -> None:
    heard = NOISE.corrupt(text, rate, random.Random(seed))
    assert bool(heard) == bool(normalize(text))
    assert heard == " ".join(heard.split())


def test_the_confusions_are_letters_with_counts() -> None:
    table = read_confusions(resource_path("data/brushoff/recognizer_confusions.tsv"))
    assert table["ع", ""] > 0
    assert all(count > 0 and said != heard for (said, heard), count in table.items())

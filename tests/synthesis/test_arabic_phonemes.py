"""What the grapheme-to-phoneme step owes to Arabic spelling, and to the voice's inventory."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.synthesis.arabic_phonemes import (
    COLOURED_VOWELS,
    CONSONANTS,
    EMPHATICS,
    INVENTORY,
    MARKS,
    clause_phones,
    clauses_of,
)

LENGTH_SIGN = {"short": "", "long": ":", "geminate": "2"}
ARABIC = "".join(CONSONANTS) + "اآىةٱ" + "".join(sorted(MARKS)) + " ،؟.…ـabc1٣"


def spoken(text: str) -> str:
    """Phones of a one-clause text, blanks between them, ``:`` long vowel, ``2`` second half."""
    return " ".join(p.symbol + LENGTH_SIGN[p.length] for p in clause_phones(text))


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("الشَّمس", "a S S2 a m s"),
        ("الشَمس", "a S S a m s"),  # the shadda of assimilation may be left unwritten
        ("القَمَر", "a l q a m a r"),
        ("وَالسُّوق", "w a s s2 u: q"),
        ("بِالفَرع", "b i l f a r H"),
        ("لِلشَّرِكَة", "l i S S2 a r i k a"),
        ("لِلفَرع", "l i l f a r H"),
        ("قَالوا", "q a: l u:"),
        ("قَالْ", "q a: l"),
    ],
)
def test_article_and_lam(text: str, phones: str) -> None:
    assert spoken(text) == phones


def test_article_loses_its_vowel_after_a_vowel() -> None:
    assert spoken("في البَيت") == "f i l b a j t"


def test_shadda_doubles_the_consonant() -> None:
    assert spoken("سَلَّم") == "s a l l2 a m"


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("فَاتورَة", "f a: t u: r a"),  # pausal: taa marbuta is a plain vowel
        ("وَثيقَةُ", "w a T i: q a t u"),  # with a vowel of its own it is a t
        ("سَيَّارَةٍ", "s a j j2 a: r a t i n"),
    ],
)
def test_taa_marbuta(text: str, phones: str) -> None:
    assert spoken(text) == phones


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("نُور", "n u: r"),
        ("نور", "n u: r"),
        ("كيف", "k i: f"),
        ("عَلَى", "H a l a:"),
        ("آسِف", "a: s i f"),
        ("يَوم", "j a w m"),
        ("بَيت", "b a j t"),
        ("عيَال", "H j a: l"),
    ],
)
def test_long_vowels_and_glides(text: str, phones: str) -> None:
    assert spoken(text) == phones


def test_nunation_is_said_with_and_without_alif() -> None:
    assert spoken("شُكراً") == spoken("شُكرًا") == "S u k r a n"


def test_hidden_long_vowels_are_said() -> None:
    assert spoken("هَذَا") == "h a: D a:"
    assert spoken("وَالله") == "w a l l2 a: h"
    assert spoken("شَاءَ الله") == "S a: ? a l l2 a: h"


def test_emphatics_colour_the_vowel_after_them() -> None:
    assert spoken("طَلَب") == "t. a. l a b"
    assert spoken("صَار") == "s. a.: r"


def test_loan_sounds_fall_to_their_neighbours() -> None:
    assert spoken("ڤيزَا") == "f i: z a:"
    assert {p.symbol for p in clause_phones("پچگ")} == {"b", "S", "q"}


def test_punctuation_splits_clauses() -> None:
    assert [len(c) > 0 for c in clauses_of("طَيِّب، وَش الحَلّ؟ ... ")] == [True, True]
    assert clauses_of(" ،. ") == []


@given(st.text(alphabet=ARABIC, max_size=60))
def test_phones_stay_in_the_inventory_and_obey_the_voice(text: str) -> None:
    for clause in clauses_of(text):
        symbols = [phone.symbol for phone in clause]
        assert set(symbols) <= INVENTORY
        assert symbols[0] != "?"  # no diphone from silence to a glottal stop
        for phone, following in itertools.pairwise(clause):
            assert not (phone.is_vowel and following.is_vowel)
            if following.is_vowel:
                is_coloured = following.symbol in COLOURED_VOWELS
                assert is_coloured == (phone.symbol in EMPHATICS)

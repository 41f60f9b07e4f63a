from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.language.normalization import normalize, normalized_words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("إِنْ شَاءَ اللَّهُ", "ان شاء الله"),
        ("إلى", "الي"),
        ("مُسْتَشْفَى", "مستشفي"),
        ("المكالمة الثانية", "المكالمه الثانيه"),
        ("هـــلا والله", "هلا والله"),
        ("ههههههه", "ه"),
        ("رقم ٤٨٢١٣، و۷", "رقم 48213 و7"),
        ("مسؤول شئون", "مسوول شيون"),
        ("\u202bحياك\u202c الله\u200f", "حياك الله"),
        ("OTP وصل؟", "otp وصل"),
        ("١٥٪", "15٪".replace("٪", "").strip()),
        ("", ""),
    ],
)
def test_known_spellings(written, folded):
    assert normalize(written) == folded


def test_different_words_stay_different():
    for one, other in (("علي", "علم"), ("كان", "قان"), ("سار", "صار"), ("ذي", "زي")):
        assert normalize(one) != normalize(other)


@given(st.text())
def test_normalizing_twice_changes_nothing(text):
    assert normalize(normalize(text)) == normalize(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x600, max_codepoint=0x6FF)))
def test_what_is_left_are_words_with_single_spaces(text):
    folded = normalize(text)
    assert folded == " ".join(normalized_words(text))
    assert not any(unicodedata.combining(char) for char in folded)


def turn(role, text):
    return ConversationTurn(role, text)


def test_every_agent_turn_is_read_with_the_callers_words_before_it():
    inputs = agent_turn_inputs(
        [
            turn("agent", "حياك الله"),
            turn("caller", "وين طلبي"),
            turn("caller", "له شهر"),
            turn("agent", "لحظة"),
            turn("agent", ""),
            turn("agent", "تحت الإجراء"),
            turn("other", "موسيقى"),
            turn("caller", "متى"),
            turn("agent", "قريب"),
        ]
    )
    assert {index: item.context for index, item in inputs.items()} == {
        0: "",
        3: "وين طلبي له شهر",
        5: "وين طلبي له شهر",
        8: "متى",
    }

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.training.error_rates import ErrorCounts, count_errors, total


def test_spelling_variants_are_no_errors():
    counts = count_errors("إِنْ شاءَ اللهُ الطلبة الأولى", "ان شاء الله الطلبه الاولي")
    assert (counts.wer, counts.cer) == (0.0, 0.0)


def test_known_distances():
    counts = count_errors("واحد اثنين ثلاثة", "واحد ثلاثة أربعة خمسة")
    assert (counts.word_edits, counts.words) == (3, 3)


def test_a_split_word_is_two_word_edits_and_no_character_edit():
    counts = count_errors("يتواصلون معك", "يتوا صلون معك")
    assert counts.word_edits == 2
    assert counts.character_edits == 0


def test_no_reference():
    assert math.isnan(ErrorCounts().wer)
    assert count_errors("", "كلمة").word_edits == 1


def test_totals_weigh_by_length():
    counts = [ErrorCounts(1, 2, 0, 0), ErrorCounts(0, 8, 0, 0)]
    assert total(counts).wer == pytest.approx(0.1)


ARABIC = st.text(alphabet="ابتثجحخ ده", max_size=30)


@given(ARABIC, ARABIC)
def test_a_text_has_no_errors_against_itself_and_rates_have_bounds(one, other):
    assert count_errors(one, one).word_edits == 0
    counts = count_errors(one, other)
    assert counts.word_edits <= max(len(one.split()), len(other.split()))

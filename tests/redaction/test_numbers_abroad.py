"""Numbers of other Arab countries than Saudi Arabia, and numbers that are nobody's."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.language.redaction import find_entities

WORDS = "صفر واحد جوج تلاتة ربعة خمسة ستة سبعة تمنية تسعود".split()
DATES = st.dates(min_value=date(1940, 1, 1), max_value=date(2020, 12, 31))


def found(text):
    return [(entity.type, entity.text) for entity in find_entities(text)]


@pytest.mark.parametrize(
    ("before", "kind", "number"),
    [
        ("لاكارط ناسيونال", "national_id", "BK374052"),
        ("بطاقة التعريف", "national_id", "09371846"),
        ("بطاقة التعريف نومرو", "national_id", "08 214 567"),
        ("يجي يحكيني ع الـ", "phone", "71 604 328"),
        ("رقمي", "phone", "03 456 789"),
        ("الايبان", "iban", "JO72 CBJO 0010 0000 6391 4460 0025 97"),
        ("خلقان", "birth_date", "سبعة اذار الفين وتسعطعش"),
        ("مزيودة نهار", "birth_date", "تلطاش غشت الفين وعشرة"),
        ("اكتبيه", "email", "سارة تلاتة وعشرين ات جيميل دوت كوم"),
    ],
)
def test_what_is_found(before, kind, number):
    assert any(k == kind and number in text for k, text in found(f"{before} {number}"))


@pytest.mark.parametrize(
    "text",
    [
        "طلبية رقمها N-AE-50072219 ما وصلت",
        "الموافقة رقمها 55820317 مرفوضة",
        "الترانزاكشن نمبر 5567123498 فشلت",
        "تنتهي الهوية بتاريخ 15-08-1447",
    ],
)
def test_what_stays(text):
    assert found(text) == []


@given(DATES, st.from_regex(r"\A[0-9]{5}\Z"), st.sampled_from(["", " ", "-"]), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_any_egyptian_emirates_or_kuwaiti_id_in_any_grouping(day, tail, sign, size):
    century = "2" if day.year < 2000 else "3"
    born = f"{century}{day:%y%m%d}"
    for digits in (f"{born}01{tail}", f"784{day.year}{tail}{tail[:3]}", f"{born}{tail}"):
        number = sign.join(digits[i : i + size] for i in range(0, len(digits), size))
        assert found(f"رقم الهوية {number}")[0][0] == "national_id"


@given(st.from_regex(r"\A0[67][0-9]{8}\Z"))
@settings(max_examples=60, deadline=None)
def test_any_moroccan_mobile_in_maghrebi_words(digits):
    words = " ".join(WORDS[int(digit)] for digit in digits)
    assert found(f"عيطو عليا {words}") == [("phone", words)]

from __future__ import annotations

import pytest

from audit.language.commitments import find_promise, promise_parts


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("برفعه لك وأكلمك قبل الخميس", "قبل الخميس"),
        ("بيتصل عليك الفني خلال ٤٨ ساعة", "خلال 48 ساعه"),
        ("حجزت لك عند الدكتورة بكرة الصبح", "بكره الصبح"),
        ("هكلمك الساعة خمسة ونص", "الساعه خمسه ونص"),
        ("سأهاتفك قبل صلاة العصر", "قبل صلاه العصر"),
    ],
)
def test_an_action_with_a_time_is_a_promise(text: str, deadline: str) -> None:
    promise = find_promise(text)
    assert promise is not None
    assert promise.deadline == deadline
    assert promise.action is not None


def test_owner_and_reference_are_read() -> None:
    parts = promise_parts("رقم الطلب ٤٨٢١٣ والمشرف خالد بيكلمك اليوم")
    assert parts.reference == "48213"
    assert parts.owner is not None
    assert "خالد" in parts.owner


@pytest.mark.parametrize(
    "text", ["إن شاء الله خير لا تشيل هم", "رقم طلبك ٤٨٢١٣", "مع السلامة", "", "الرصيد خمسين ريال"]
)
def test_soothing_words_and_bare_numbers_are_none(text: str) -> None:
    assert find_promise(text) is None


def test_the_classifier_decides_where_it_can() -> None:
    said = "برفعه لك وأكلمك قبل الخميس"
    assert find_promise(said, commitment=0.1) is None
    assert find_promise("الفرقة عندكم بكرة الصبح", commitment=0.9) is not None
    assert find_promise("الله يسهل", commitment=0.9) is None

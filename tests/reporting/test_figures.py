"""How values are written, and what foreign text becomes."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.reporting import figures
from audit.reporting.excerpts.playlist_words import playlist_words
from audit.reporting.page_words import page_words
from audit.reporting.questions import read_question
from audit.reporting.sentences import END, FIRST_STRONG, name
from audit.reporting.summary_words import summary_words
from audit.reporting.wording import reading_guide
from audit.store.report_views import QUESTIONS, QUESTIONS_BY


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("integer", 12345, "12,345"),
        ("decimal", 446.96, "447.0"),
        ("share", 0.375136, "37.5%"),
        ("difference", 0.1068, "+10.7%"),
        ("difference", -0.0001, "+0.0%"),
        ("coefficient", -0.8417, "-0.84"),
        ("coefficient", -0.0012, "+0.00"),
        ("probability", 0.925, "0.93"),
        ("score", 94.84, "94.8"),
        ("duration_ms", 186_400, "3:06"),
        ("duration_ms", 3_900_000, "1:05:00"),
        ("offset_ms", 0, "0:00"),
        ("timestamp", datetime(2026, 11, 8, 19, 15, 58), "2026-11-08 19:15"),
        ("date", date(2026, 11, 1), "2026-11-01"),
        ("boolean", True, "نعم"),
        ("code", "stalling", "مماطلة"),
        ("codes", ("empathy", "ownership"), "تعاطف، تولّي المشكلة"),
        ("words", (), figures.DASH),
        ("integer", None, figures.DASH),
    ],
)
def test_values_are_written_by_their_kind(kind, value, text):
    assert figures.shown(kind, value, "ar") == text


def test_small_shares_keep_their_decimal_where_others_are_whole():
    assert [figures.percent(share) for share in (0.0, 0.009, 0.0996, 0.58)] == [
        "0%", "0.9%", "10%", "58%"
    ]  # fmt: skip


def test_dates_are_in_words_of_the_language():
    assert figures.day(date(2026, 10, 18), "ar") == "18 أكتوبر 2026"
    assert figures.day(date(2026, 10, 18), "en", year=False) == "18 Oct"


@given(st.text())
def test_foreign_text_keeps_to_its_line_and_its_order(text):
    seen = figures.visible(text)
    assert len(seen) == len(text)
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in seen
    )
    assert not set(seen) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text())
def test_a_name_cannot_leave_its_isolate(text):
    isolated = name(text)
    assert isolated[0] == FIRST_STRONG
    assert isolated.index(END) == len(isolated) - 1


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_shortened_text_is_short_enough(text, longest):
    assert len(figures.shortened(text, longest)) <= longest
    assert figures.shortened(text, max(len(text), 1)) == text


def test_our_own_wording_has_the_digits_of_the_figures():
    questions = [read_question(name) for name in (*QUESTIONS, *QUESTIONS_BY)]
    titles = [c.title for q in questions for c in q.columns] + [q.title for q in questions]
    notes = [q.note for q in questions if q.note]
    worded = [title.text("ar") for title in (*titles, *notes)]
    for words in (page_words, summary_words, playlist_words):
        worded += words("ar").values()
    worded += reading_guide(10, "ar")
    assert any("95%" in text for text in worded)
    assert not [text for text in worded if re.search("[٠-٩٪]", text)]


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Riyadh", "2026-10-18 09:12 UTC+3"), ("Asia/Kolkata", "2026-10-18 11:42 UTC+5:30"),
        ("America/St_Johns", "2026-10-18 03:42 UTC-2:30"), ("UTC", "2026-10-18 06:12 UTC"),
    ],
)  # fmt: skip
def test_a_moment_says_its_zone(zone, said):
    moment = datetime(2026, 10, 18, 6, 12, tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert figures.moment_in_zone(moment) == said

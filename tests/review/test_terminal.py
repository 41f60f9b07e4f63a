"""Judging on the terminal, driven by what a reviewer would type."""

from __future__ import annotations

import pytest

from audit.cli.review_terminal import Terminal, review_in_terminal
from audit.review.desk import ReviewDesk
from audit.review.scorecard import default_scorecard
from audit.store.queries import run_query
from tests.review.calls import three_calls


@pytest.fixture
def db(tmp_path):
    return three_calls(tmp_path)


def review(db, typed, *, reviewer="sara", language="en", **options):
    lines = iter(typed)
    shown = []

    def ask(prompt):
        shown.append(prompt)
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    desk = ReviewDesk(db, default_scorecard(), **options)
    review_in_terminal(desk, reviewer, language, Terminal(ask, shown.append))
    return "\n".join(shown), list(lines)


def rows(db, sql):
    return list(run_query(db, sql).rows)


REVIEWS = (
    "SELECT call_id, turn_index, label, verdict, new_label, resolution, comment, blind "
    "FROM reviews ORDER BY reviewed_at"
)


def test_flags_and_the_call_are_judged_with_letters(db):
    shown, left = review(db, ["c", "l", "2", "b", "4", "سيئة", "n", "q"])
    assert left == []
    assert rows(db, REVIEWS) == [
        ("bad", 2, "placation", "confirmed", None, None, None, False),
        ("bad", 4, "deflection", "relabelled", "stalling", None, None, False),
        ("bad", None, None, "brush_off", None, "none", "سيئة", False),
    ]
    assert "⚑ 1/2 placation تسليك 0.90" in shown
    assert "the machine: brush-off, score 90" in shown


def test_a_missed_one_is_added_by_turn_and_label_in_arabic_digits_too(db):
    review(db, ["m", "راجعه", "u", "a", "٠", "7", "", "q"])
    assert rows(db, REVIEWS)[:3] == [
        ("bad", 2, "placation", "noted", None, None, "راجعه", False),
        ("bad", 2, "placation", "unsure", None, None, "راجعه", False),
        ("bad", 0, "dismissive_tone", "added", None, None, None, False),
    ]


def test_blind_shows_the_machine_after_the_verdict_only(db):
    shown, _ = review(db, ["a", "2", "1", "g", "", "", "n", "r", "", "q"], blind=True)
    before, after = shown.split("stored", 1)
    assert "the machine" not in before
    assert "⚑" not in before
    assert "the machine: brush-off" in after
    assert [(row[3], row[7]) for row in rows(db, REVIEWS)] == [
        ("added", True), ("proper", True), ("rejected", False),
    ]  # fmt: skip


def test_the_form_is_filled_and_scored(db):
    count = len(default_scorecard().criteria)
    shown, _ = review(db, ["v", "f", *["y"] * (count - 1), "a", "q"])
    assert "form: 100" in shown
    assert rows(db, "SELECT count(*) FROM scorecard_answers") == [(count,)]
    assert rows(db, "SELECT score, complete FROM scorecard_results") == [(100.0, True)]


def test_what_is_no_letter_is_asked_again_and_the_end_of_input_ends_it(db):
    shown, _ = review(db, ["z", "99", "c", "v", "a", "77"])
    assert "not one of: c r l u m a v" in shown
    assert len(rows(db, REVIEWS)) == 1


def test_a_reviewer_is_asked_for_a_name_and_the_queue_ends(db):
    typed = [" ", "سارة", "v", "b", "", "", "n", "v", "x", "", "", "n", "g", "1", "", "n"]
    shown, left = review(db, typed, reviewer=None, language="ar")
    assert left == []
    assert "لا مكالمات أخرى" in shown
    assert rows(db, "SELECT reviewer, count(*) FROM reviews GROUP BY 1") == [("سارة", 3)]


def test_control_characters_of_a_recording_s_data_do_not_reach_the_terminal(db):
    from audit.store.database import open_database

    with open_database(db, write=True) as connection:
        connection.execute("UPDATE turns SET text = 'a' || chr(27) || '[2J' WHERE turn_index = 0")
    shown, _ = review(db, ["q"])
    assert "\x1b" not in shown
    assert "a\N{REPLACEMENT CHARACTER}[2J" in shown

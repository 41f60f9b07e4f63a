"""The evaluation form: reading, automatic answers, score."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.config import load_config
from audit.errors import ConfigError
from audit.review.scorecard import (
    Criterion,
    FormFacts,
    Scorecard,
    Section,
    automatic_answers,
    default_scorecard,
    load_scorecard,
    parse_scorecard,
    score_form,
)
from audit.types import LABELS

FORM = """
[scorecard]
name = "form"
version = "3"
pass_score = 60
[[scorecard.sections]]
id = "one"
ar = "أ"
en = "One"
weight = 3
[[scorecard.sections.criteria]]
id = "calm"
ar = "هادئ"
en = "Calm"
automatic = { flags_absent = ["dismissive_tone"] }
[[scorecard.sections.criteria]]
id = "short_hold"
ar = "قصير"
en = "Short"
weight = 3
automatic = { measure = "hold_ms", at_most = 1000 }
[[scorecard.sections]]
id = "two"
ar = "ب"
en = "Two"
[[scorecard.sections.criteria]]
id = "no_abuse"
ar = "لا إهانة"
en = "No abuse"
critical = true
"""


def form(text: str = FORM) -> Scorecard:
    return parse_scorecard(tomllib.loads(text)["scorecard"], "tasleek.toml")


def facts(flags=(), resolution="none", positives=(), **measures):
    return FormFacts(frozenset(flags), resolution, frozenset(positives), measures)


def test_the_form_of_the_configuration_is_taken_and_the_rest_of_the_file_still_loads(tmp_path):
    file = tmp_path / "tasleek.toml"
    file.write_text("[speech]\nbeam_size = 1\n" + FORM, encoding="utf-8")
    card = load_scorecard(file)
    assert (card.name, card.version, [c.id for c in card.criteria]) == (
        "form", "3", ["calm", "short_hold", "no_abuse"],
    )  # fmt: skip
    assert load_config(file, environment={}).speech.beam_size == 1


def test_without_one_the_form_that_comes_with_tasleek_serves(tmp_path):
    file = tmp_path / "tasleek.toml"
    file.write_text("offline = true\n", encoding="utf-8")
    assert load_scorecard(file) == default_scorecard()


def test_the_form_that_comes_with_tasleek_asks_for_every_label_in_both_languages():
    card = default_scorecard()
    asked = {label for c in card.criteria if c.automatic for label in c.automatic.flags_absent}
    assert asked == set(LABELS)
    assert any(criterion.critical for criterion in card.criteria)
    for entry in (*card.sections, *card.criteria):
        assert any("\u0600" <= char <= "\u06ff" for char in entry.ar)
        assert not any("\u0600" <= char <= "\u06ff" for char in entry.en)


def test_the_measures_of_the_form_are_columns_of_calls():
    from audit.store.database import migrations

    sql = "".join(step.sql for step in migrations())
    for criterion in default_scorecard().criteria:
        if criterion.automatic and criterion.automatic.measure:
            assert criterion.automatic.measure in sql


def test_the_form_of_the_documentation_is_one_that_loads():
    page = Path(__file__).parents[2] / "docs" / "review.md"
    (text,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert form(text).criteria[0].weight == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "form"', "", r"\[scorecard\] name must be text"),
        ('version = "3"', "version = 3", r"version must be text, in quotes"),
        ("pass_score = 60", "pass_score = 120", "pass_score must be from 0 to 100"),
        ("pass_score = 60", 'pass_score = "x"', "pass_score must be a number"),
        ("pass_score = 60", "pas_score = 60", "unknown entry 'pas_score'; known here"),
        ('id = "calm"', 'id = "Calm!"', "small Latin letters"),
        ('id = "no_abuse"', 'id = "calm"', "'calm' is given twice"),
        ('ar = "هادئ"', "", r"sections one.criteria calm\] ar must be text"),
        ("weight = 3\nautomatic", "weight = -1\nautomatic", "short_hold.* weight must be from 0"),
        ("critical = true", 'critical = "yes"', "critical must be true or false"),
        ('"dismissive_tone"', '"rude"', "'rude' is none of placation"),
        ('["dismissive_tone"]', "[]", "one entry or more"),
        ('["dismissive_tone"]', '["dismissive_tone"], at_most = 3', "belong to a measure"),
        (", at_most = 1000", "", "needs at_least or at_most"),
        ('measure = "hold_ms", at_most = 1000', "", "exactly one of"),
        ('{ measure = "hold_ms", at_most = 1000 }', "3", "must be a table"),
    ],
)
def test_a_wrong_form_names_the_place(tmp_path, old, new, message):
    assert old in FORM
    file = tmp_path / "tasleek.toml"
    file.write_text(FORM.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_scorecard(file)
    assert str(caught.value).startswith(str(file))


def test_a_form_without_sections_or_weights_or_of_another_type_is_refused():
    with pytest.raises(ConfigError, match=r"needs \[\[scorecard.sections\]\]"):
        parse_scorecard({"name": "a", "version": "1"}, "f")
    with pytest.raises(ConfigError, match="must be a table"):
        parse_scorecard("yes", "f")
    text = FORM.replace("weight = 3", "weight = 0").replace('en = "Two"', 'en = "Two"\nweight = 0')
    with pytest.raises(ConfigError, match="all weights are 0"):
        form(text)


def test_the_hash_changes_with_any_word_and_only_then():
    assert form().sha256 == form().sha256
    assert form(FORM.replace("Calm", "Calmer")).sha256 != form().sha256


def test_automatic_answers_follow_from_flags_and_measures():
    card = form()
    assert automatic_answers(card, facts(hold_ms=900)) == {"calm": "yes", "short_hold": "yes"}
    assert automatic_answers(card, facts(["dismissive_tone"], hold_ms=1001)) == {
        "calm": "no", "short_hold": "no",
    }  # fmt: skip
    assert automatic_answers(card, facts()) == {"calm": "yes"}  # a hold that nobody measured


def test_what_was_not_seen_is_not_answered_and_outcomes_are():
    answers = automatic_answers(default_scorecard(), facts(resolution="deferred"))
    assert "empathy" not in answers
    assert answers["outcome_reached"] == "no"
    assert automatic_answers(default_scorecard(), facts(positives=["empathy"]))["empathy"] == "yes"


def test_a_score_worked_by_hand():
    card = form()
    # section one: 3 of 4 by weight, counted three times; section two: 1 of 1, counted once.
    result = score_form(card, {"calm": "no", "short_hold": "yes", "no_abuse": "yes"})
    assert result.weighted_score == pytest.approx(100 * (3 * 0.75 + 1) / 4)
    assert (result.passed, result.complete) == (True, True)
    result = score_form(card, {"calm": "yes", "short_hold": "na", "no_abuse": "no"})
    assert (result.score, result.passed, result.failed_critical) == (0.0, False, ("no_abuse",))
    assert result.weighted_score == pytest.approx(75.0)
    result = score_form(card, {c.id: "na" for c in card.criteria})
    assert (result.score, result.passed, result.complete) == (None, None, True)
    assert not score_form(card, {}).complete


ids = st.integers(0, 10**6)
weights = st.floats(0, 100, allow_nan=False)


@st.composite
def answered(draw):
    sections = []
    for s in range(draw(st.integers(1, 4))):
        criteria = tuple(
            Criterion(f"c{s}_{i}", "س", "q", draw(weights), draw(st.booleans()), None)
            for i in range(draw(st.integers(1, 5)))
        )
        sections.append(Section(f"s{s}", "س", "s", draw(weights), criteria))
    card = Scorecard("n", "1", draw(st.floats(0, 100)), tuple(sections))
    answers = {
        c.id: draw(st.sampled_from(["yes", "no", "na"]))
        for c in card.criteria
        if draw(st.booleans())
    }
    return card, answers


@given(answered())
def test_a_score_is_within_bounds_and_a_critical_no_fails(form_and_answers):
    card, answers = form_and_answers
    result = score_form(card, answers)
    for score in (result.score, result.weighted_score):
        assert score is None or -1e-9 <= score <= 100 + 1e-9
    if result.failed_critical:
        assert (result.score, result.passed) == (0.0, False)
    else:
        assert result.score == result.weighted_score


@given(answered(), st.data())
def test_a_no_that_becomes_yes_never_lowers_the_score(form_and_answers, data):
    card, answers = form_and_answers
    noes = [name for name, answer in answers.items() if answer == "no"]
    if not noes:
        return
    better = {**answers, data.draw(st.sampled_from(noes)): "yes"}
    before, after = score_form(card, answers), score_form(card, better)
    assert (after.score or 0.0) >= (before.score or 0.0) - 1e-9
    assert len(after.failed_critical) <= len(before.failed_critical)


@given(answered(), st.floats(0.01, 100))
def test_only_the_proportion_of_weights_counts(form_and_answers, factor):
    from dataclasses import replace

    card, answers = form_and_answers
    scaled = replace(
        card,
        sections=tuple(
            replace(
                s,
                weight=s.weight * factor,
                criteria=tuple(replace(c, weight=c.weight * factor) for c in s.criteria),
            )
            for s in card.sections
        ),
    )
    before, after = score_form(card, answers), score_form(scaled, answers)
    if before.weighted_score is None or after.weighted_score is None:
        return  # weights so small that they vanish
    assert after.weighted_score == pytest.approx(before.weighted_score, abs=1e-6)


@given(answered())
def test_not_applicable_counts_as_if_it_were_not_asked(form_and_answers):
    card, answers = form_and_answers
    asked = {name: answer for name, answer in answers.items() if answer != "na"}
    assert score_form(card, answers).weighted_score == score_form(card, asked).weighted_score

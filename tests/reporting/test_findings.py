"""What a report says in sentences, and that it says no more than the intervals carry."""

from __future__ import annotations

import re

import pytest

from audit.reporting.advice import MOST_LINES, advice
from audit.reporting.findings import Findings
from tests.reporting.pages import loaded, two_channels


def plain(sentence):
    return re.sub("[\u2066\u2068\u2069]", "", sentence)


@pytest.fixture
def english(two_channel_report):
    return Findings(two_channel_report, "en")


def test_the_rate_stands_with_its_interval(english):
    assert re.search(
        r"brushed off in 35% of the judged calls; .* between 25% and 48%", plain(english.overview())
    )


def test_channels_that_differ_are_said_to_differ(english):
    said = plain(english.channels())
    assert re.match("“Hotline” brushes callers off more often than “Branch”: 69% against 0%", said)
    assert re.search(r"a difference of 69 percentage points \(\d+ to \d+\)", said)


def test_arabic_names_the_same_channels(english):
    said = plain(Findings(english.report, "ar").channels())
    assert said.startswith("نسبة التسليك عبر «الهاتف» أعلى منها عبر «الفرع»: 69% مقابل 0%")


def test_few_calls_are_not_compared(audits):
    findings = Findings(loaded(two_channels(audits, 8).store()), "en")
    assert "at least 10 judged calls" in plain(findings.channels())
    assert "too few to speak of a trend" in plain(findings.last_week())
    assert "None is ranked yet: none has 10 judged calls." in plain(findings.groups("agents"))


def test_a_difference_that_chance_can_make_is_none(audits):
    for number in range(40):
        score = 80.0 if number % 4 in (0, 1) else 10.0
        channel = "hotline" if number % 2 else "branch"
        audits.call(f"c{number}", service_channel=channel, brush_off_score=score)
    assert plain(Findings(loaded(audits.store()), "en").channels()).startswith(
        "No clear difference between “Branch” (50%) and “Hotline” (50%)"
    )


def test_one_channel_is_nothing_to_compare(audits):
    audits.call("a", service_channel="hotline")
    assert "nothing to compare" in Findings(loaded(audits.store()), "en").channels()


def test_the_last_week_is_held_against_the_period(audits):
    for number in range(60):
        late = number >= 40
        audits.call(
            f"c{number}", day=14 if late else number % 5, brush_off_score=90.0 if late else 10.0
        )
    said = plain(Findings(loaded(audits.store()), "en").last_week())
    assert "(15 Nov 2026)" in said
    assert "clearly more than in the period" in said


def test_broken_promises_are_counted(english):
    assert "(2), 2 ended with the caller having to call again (100%)" in plain(english.promises())


def test_without_any_verdict_nothing_is_claimed(audits):
    audits.call("a", status="unscorable")
    report = loaded(audits.store())
    findings = Findings(report, "en")
    assert findings.overview() == "No call could be judged yet."
    assert findings.satisfaction() == ""
    assert "could not be judged" in plain(advice(report, "en")[0])


def test_surveys_are_spoken_of_only_where_there_are_some(audits):
    for number in range(20):
        audits.call(f"c{number}", brush_off_score=5.0 * number)
        audits.survey(f"c{number}", 5 - number // 5)
    said = plain(Findings(loaded(audits.store()), "en").satisfaction())
    assert re.search(r"less satisfied they are \(rank correlation -0\.\d\d, 20 answers\)", said)


def test_advice_follows_the_figures(english):
    lines = [plain(line) for line in advice(english.report, "en")]
    assert lines[0].startswith("Call back the 2 callers")
    assert any(
        "Find out what “Branch” does otherwise, and bring it to “Hotline”" in x for x in lines
    )
    assert any("Train on Placation first" in line for line in lines)
    assert len(lines) <= MOST_LINES


def test_a_long_name_cannot_fill_a_sentence(audits):
    for number in range(24):
        audits.call(
            f"c{number}", service_channel=("x" * 300) if number % 2 else "branch",
            brush_off_score=90.0 if number % 2 else 5.0,
        )  # fmt: skip
    assert len(Findings(loaded(audits.store()), "ar").channels()) < 250

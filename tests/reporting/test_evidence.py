"""Questions that show what was said, and what people made of it."""

from __future__ import annotations


def flagged(audits):
    audits.call("a", brush_off_score=90.0, resolution="none", agent_id="A1")
    audits.turn("a", 0, "وين طلبي", "caller")
    audits.turn("a", 1, "تطمن")
    audits.flag("a", 1, "stalling", 0.7)
    audits.flag("a", 1, "placation", 0.9, ["تطمن"])


def test_flagged_moments_with_their_words(audits):
    flagged(audits)
    audits.call("b", brush_off_score=95.0, brush_off_unsure=True)
    audits.turn("b", 0, "مدري")
    audits.flag("b", 0, "uninformed")
    audits.call("c")
    names = ("call_id", "unsure", "turn_index", "start_ms", "end_ms", "label", "label_score",
             "caller_text", "text", "evidence", "confirmed")  # fmt: skip
    assert audits.ask("flagged_calls", *names) == [
        ("b", True, 0, 0, 900, "uninformed", 0.8, None, "مدري", (), False),
        ("a", False, 1, 1000, 1900, "placation", 0.9, "وين طلبي", "تطمن", ("تطمن",), False),
        ("a", False, 1, 1000, 1900, "stalling", 0.7, "وين طلبي", "تطمن", (), False),
    ]


def test_what_people_reject_is_not_counted_and_what_they_add_is(audits):
    flagged(audits)
    audits.review_flag("a", 1, "placation", "rejected", "تطمن")
    audits.review_flag("a", 1, "stalling", "confirmed", "تطمن")
    audits.review_flag("a", 1, "deflection", "added", "تطمن")
    assert audits.ask("flagged_calls", "label", "label_score", "confirmed") == [
        ("stalling", 0.7, True),
        ("deflection", None, True),
    ]
    assert audits.ask("labels", "label", "turns", "confirmed", "rejected")[:3] == [
        ("placation", 0, 0, 1),
        ("deflection", 1, 1, 0),
        ("stalling", 1, 1, 0),
    ]


def test_reviewers_who_disagree_leave_the_flag_to_the_machine(audits):
    flagged(audits)
    audits.review_flag("a", 1, "placation", "rejected", "تطمن")
    audits.review_flag("a", 1, "placation", "confirmed", "تطمن", reviewer="saad")
    assert len(audits.ask("flagged_calls")) == 2


def test_a_review_of_words_that_changed_since_counts_no_more(audits):
    flagged(audits)
    audits.review_flag("a", 1, "placation", "rejected", "كلام آخر")
    assert len(audits.ask("flagged_calls")) == 2


def test_the_verdict_of_people_overrules_the_machine(audits):
    flagged(audits)
    audits.call("b", brush_off_score=45.0, brush_off_unsure=True)
    audits.review("a", "proper")
    audits.review("b", "brush_off")
    audits.call("c", brush_off_score=80.0)
    audits.review("c", "proper")
    audits.review("c", "brush_off", reviewer="saad")
    assert audits.ask("overview", "audited", "brushed_off", "unsure", "reviewed") == [(3, 2, 0, 2)]
    assert audits.ask("flagged_calls", "call_id", "brushed_off")[0] == ("a", False)


def good(audits, call_id, score=5.0, **columns):
    audits.call(call_id, brush_off_score=score, **{"agent_id": "A1", **columns})
    audits.turn(call_id, 0, "وعليكم السلام", positives=[], brush_off=0.0)
    audits.turn(call_id, 2, "حجزت لك بكرة", positives=["commitment"], brush_off=0.1)
    audits.turn(
        call_id, 4, "أفهم تعبك وأنا متابعها", positives=["ownership", "empathy"], brush_off=0.2
    )


def test_calls_to_praise_with_the_turn_that_shows_it(audits):
    good(audits, "best")
    good(audits, "near-border", brush_off_unsure=True)
    good(audits, "nothing-came-of-it", resolution="none")
    good(audits, "flagged")
    audits.flag("flagged", 2, "stalling")
    good(audits, "brushed-off", score=60.0)
    audits.call("nothing-shown", brush_off_score=1.0)
    names = (
        "call_id",
        "brush_off_score",
        "resolution",
        "positives",
        "turn_index",
        "start_ms",
        "text",
    )
    assert audits.ask("best_calls", *names) == [
        ("best", 5.0, "resolved", ("commitment", "empathy", "ownership"), 4, 4000,
         "أفهم تعبك وأنا متابعها")
    ]  # fmt: skip


def test_praise_is_spread_over_agents(audits):
    for number in range(5):
        good(audits, f"c{number}", score=float(number))
    good(audits, "other", score=30.0, agent_id="A2")
    assert audits.ask("best_calls", "call_id") == [("c0",), ("c1",), ("c2",), ("other",)]


def test_satisfaction_by_band(audits):
    for number in range(10):
        audits.call(f"good{number}", brush_off_score=10.0)
        audits.survey(f"good{number}", 4 + number % 2)
    audits.survey("good0", 2)  # answered twice: 4 and 2 make 3
    audits.call("bad", brush_off_score=75.0)
    audits.survey("bad", 1)
    audits.call("silent", brush_off_score=30.0)
    # mean 4.4, standard deviation 0.6992: 4.4 -+ 1.96 * 0.6992 / sqrt(10)
    assert audits.ask("satisfaction") == [
        (0, 24, 10, 10, 4.4, 3.9666, 4.8334),
        (25, 49, 1, 0, None, None, None),
        (50, 74, 0, 0, None, None, None),
        (75, 100, 1, 1, 1.0, None, None),
    ]


def surveyed(audits, pairs):
    for number, (score, answer) in enumerate(pairs):
        audits.call(f"c{number}", brush_off_score=float(score), hold_ms=0)
        audits.survey(f"c{number}", answer)


def test_the_score_predicts_satisfaction(audits):
    pairs = [(5, 5), (10, 5), (15, 4), (20, 5), (30, 4), (45, 3), (50, 3), (60, 2), (70, 3), (80, 1),
             (85, 2), (95, 1)]  # fmt: skip
    surveyed(audits, pairs)
    answer = audits.ask("satisfaction_correlation")
    # scipy.stats.spearmanr: -0.9307; z = atanh(-0.9307), se = sqrt((1 + 0.9307 ** 2 / 2) / 9)
    assert answer[0][:3] == ("brush_off_score", 12, -0.9307)
    assert answer[0][3] < -0.9307 < answer[0][4] < 0
    assert answer[0][5] == "lower_satisfaction"
    assert answer[1] == ("wait_ms", 0, None, None, None, "too_few_answers")
    assert answer[2] == ("hold_ms", 12, None, None, None, "no_relation_shown")


def test_the_rank_correlation_is_that_of_scipy(audits):
    import numpy as np
    from scipy.stats import spearmanr

    generator = np.random.default_rng(3)
    scores = generator.integers(0, 100, 40)
    answers = np.clip(5 - scores // 25 + generator.integers(-1, 2, 40), 1, 5)
    surveyed(audits, zip(scores.tolist(), answers.tolist(), strict=True))
    ((_, number, rho, low, high, _), *_) = audits.ask("satisfaction_correlation")
    expected = float(spearmanr(scores, answers).statistic)
    margin = 1.959964 * np.sqrt((1 + expected**2 / 2) / 37)
    assert number == 40
    assert rho == round(expected, 4)
    assert (low, high) == (
        round(float(np.tanh(np.arctanh(expected) - margin)), 4),
        round(float(np.tanh(np.arctanh(expected) + margin)), 4),
    )


def test_few_answers_say_so(audits):
    surveyed(audits, [(10, 5), (50, 3), (90, 1)])
    ((_, number, rho, low, high, reading), *_) = audits.ask("satisfaction_correlation")
    assert (number, rho, low, high, reading) == (3, -1.0, None, None, "too_few_answers")

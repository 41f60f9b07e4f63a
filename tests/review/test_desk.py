"""The desk: what is stored, what is hidden, whose turn it is."""

from __future__ import annotations

import threading

import pytest

from audit.errors import StoreBusyError, StoreError, UsageError
from audit.language.redaction import redact
from audit.review.desk import ReviewDesk
from audit.review.sampling import SampleSpecification
from audit.review.scorecard import default_scorecard
from audit.review.verdicts import ReviewInputError, TurnVerdict, WholeVerdict, checked_name
from audit.store.access import read_accesses
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.review_lock import is_reviewed, reviewing
from audit.store.writer import AuditWriter
from tests.review.calls import RUN, audited, three_calls


@pytest.fixture
def db(tmp_path):
    return three_calls(tmp_path)


@pytest.fixture
def desk(db):
    return ReviewDesk(db, default_scorecard())


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """For what is refused: nothing is stored."""
    return ReviewDesk(three_calls(tmp_path_factory.mktemp("shared")), default_scorecard())


def rows(db, sql):
    return list(run_query(db, sql).rows)


def test_a_verdict_is_stored_at_once_beside_what_the_machine_had_said(db, desk):
    opened = desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "confirmed", comment="نعم"))
    assert [(r.turn_index, r.label, r.verdict) for r in opened.reviews] == [
        (2, "placation", "confirmed")
    ]
    assert rows(
        db,
        "SELECT call_id, turn_index, label, verdict, reviewer, comment, blind, model_version, "
        "machine_score, machine_flagged, turn_start_ms, listened_ms FROM reviews",
    ) == [
        ("bad", 2, "placation", "confirmed", "sara", "نعم", False, "brushoff-1", 0.9, True, 4000, None)
    ]  # fmt: skip


def test_what_was_missed_keeps_the_probability_the_machine_had_given(db, desk):
    desk.judge_turn("good", "sara", TurnVerdict(4, "deflection", "added"))
    assert rows(db, "SELECT machine_score, machine_flagged FROM reviews") == [(0.05, False)]
    assert rows(db, "SELECT label, applies, stale FROM label_judgements") == [
        ("deflection", True, False)
    ]


def test_the_newest_word_counts_and_the_older_ones_stay(db, desk):
    for verdict in ("confirmed", "unsure", "rejected"):
        desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", verdict))
    desk.judge_turn("bad", "omar", TurnVerdict(2, "placation", "confirmed"))
    assert rows(db, "SELECT count(*) FROM reviews") == [(4,)]
    assert rows(db, "SELECT reviewer, applies FROM label_judgements ORDER BY ALL") == [
        ("omar", True), ("sara", False),
    ]  # fmt: skip


def test_a_relabelled_flag_is_no_to_one_label_and_yes_to_another(db, desk):
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "relabelled", "stalling"))
    assert rows(db, "SELECT label, applies FROM label_judgements ORDER BY ALL") == [
        ("placation", False), ("stalling", True),
    ]  # fmt: skip


def test_unsure_is_null_a_note_is_no_judgement_and_withdrawn_is_gone(db, desk):
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "unsure"))
    desk.judge_turn("bad", "sara", TurnVerdict(4, "deflection", "noted", comment="؟"))
    assert rows(db, "SELECT label, applies FROM label_judgements") == [("placation", None)]
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "withdrawn"))
    assert rows(db, "FROM label_judgements") == []
    assert len(desk.open_call("bad", "sara").reviews) == 1


def test_a_call_that_was_heard_anew_makes_its_reviews_stale(db, desk, tmp_path):
    from dataclasses import replace

    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "confirmed"))
    audit = audited(tmp_path, "bad", 90.0)
    turns = [replace(t, text=t.text + " جدا") if t.turn_index == 2 else t for t in audit.utterances]
    with open_database(db, write=True) as connection:
        AuditWriter(connection, RUN).write_audit(replace(audit, utterances=tuple(turns)))
    assert rows(db, "SELECT stale FROM label_judgements") == [(True,)]


def test_the_verdict_on_a_call_keeps_what_was_heard_of_it(db, desk):
    desk.judge_call("bad", "sara", WholeVerdict("brush_off", "none", "سيئة", 7000))
    desk.judge_call("bad", "sara", WholeVerdict("unsure", None, None, 3000))
    assert rows(
        db,
        "SELECT verdict, resolution, listened_ms, machine_score, machine_flagged FROM judged_calls",
    ) == [("unsure", None, 10000, 90.0, True)]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (TurnVerdict(2, "rude", "confirmed"), "no label"),
        (TurnVerdict(2, "placation", "good"), "verdicts are"),
        (TurnVerdict(2, "placation", "relabelled"), "new_label goes with"),
        (TurnVerdict(2, "placation", "confirmed", "stalling"), "new_label goes with"),
        (TurnVerdict(2, "placation", "relabelled", "placation"), "must be another"),
        (TurnVerdict(2, "placation", "relabelled", "rude"), "must be another"),
        (TurnVerdict(99, "placation", "confirmed"), "has no turn 99"),
        (TurnVerdict(2, "placation", "confirmed", comment="x" * 2001), "2000 characters"),
        (WholeVerdict("bad"), "verdicts are"),
        (WholeVerdict("proper", "fine"), "resolutions are"),
        (WholeVerdict("proper", listened_ms=-1), "within a day"),
    ],
)
def test_what_cannot_be_stored_is_refused(shared, said, message):
    judge = shared.judge_turn if isinstance(said, TurnVerdict) else shared.judge_call
    with pytest.raises(ReviewInputError, match=message):
        judge("bad", "sara", said)
    assert rows(shared.database, "SELECT count(*) FROM reviews") == [(0,)]


def test_an_unknown_call_is_named(desk):
    with pytest.raises(StoreError, match="no call 'nope'"):
        desk.open_call("nope", "sara")
    with pytest.raises(StoreError, match="no call 'nope'"):
        desk.judge_call("nope", "sara", WholeVerdict("proper"))


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\u0007b", "a\u202eb"])
def test_a_name_must_be_a_name(name):
    with pytest.raises(ReviewInputError, match="printable characters"):
        checked_name(name)
    assert checked_name("  سارة   العتيبي ") == "سارة العتيبي"


def test_blind_hides_the_machine_until_the_call_is_judged(db):
    desk = ReviewDesk(db, default_scorecard(), blind=True)
    opened = desk.open_call("bad", "sara")
    assert opened.hidden
    assert opened.form.automatic == ()
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "added"))
    opened = desk.judge_call("bad", "sara", WholeVerdict("brush_off"))
    assert not opened.hidden
    assert dict(opened.form.automatic)["no_placation"] == "no"
    assert desk.open_call("bad", "omar").hidden  # it is shown to who has judged only
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "rejected"))
    desk.judge_call("bad", "sara", WholeVerdict("proper"))
    assert rows(db, "SELECT verdict, blind FROM reviews ORDER BY reviewed_at") == [
        ("added", True), ("brush_off", True), ("rejected", False), ("proper", False),
    ]  # fmt: skip
    assert rows(db, "SELECT verdict FROM blind_reviews ORDER BY ALL") == [
        ("added",), ("brush_off",),
    ]  # fmt: skip
    assert rows(db, "SELECT verdict, blind_verdict FROM judged_calls") == [("proper", "brush_off")]


def states(desk, reviewer):
    return {entry.row.call_id: entry.state for entry in desk.queue(reviewer)}


def test_without_a_sample_the_queue_is_every_audited_call_worst_first(desk):
    assert [entry.row.call_id for entry in desk.queue("sara")] == ["bad", "doubt", "good"]


def test_blind_the_order_tells_nothing(db, tmp_path):
    from tests.review.calls import write_calls

    write_calls(db, audited(tmp_path, "a-good", 5.0), audited(tmp_path, "z-bad", 99.0))
    queue = ReviewDesk(db, default_scorecard(), blind=True).queue("sara")
    assert [e.row.call_id for e in queue] == ["a-good", "bad", "doubt", "good", "z-bad"]


def test_two_reviewers_get_different_calls(desk):
    assert desk.next_call("sara") == "bad"
    desk.open_call("bad", "sara")
    assert states(desk, "omar") == {"bad": "taken", "doubt": "open", "good": "open"}
    assert desk.next_call("omar") == "doubt"
    desk.open_call("doubt", "omar")
    desk.judge_call("bad", "sara", WholeVerdict("brush_off"))
    assert states(desk, "sara") == {"bad": "done", "doubt": "taken", "good": "open"}
    assert desk.next_call("sara", after="bad") == "good"
    desk.judge_call("good", "sara", WholeVerdict("proper"))
    desk.judge_call("doubt", "omar", WholeVerdict("unsure"))
    assert desk.next_call("sara", after="good") is None


def test_a_call_that_was_left_is_offered_again(desk):
    desk.open_call("bad", "sara")
    desk.open_call("doubt", "sara")
    assert states(desk, "omar")["bad"] == "open"


def test_a_call_for_two_is_open_until_both_have_judged(db, desk):
    sample = desk.draw(SampleSpecification(random=3, double=1.0, seed=1))
    assert all(item.readers == 2 and item.blind for item in sample.items)
    desk.judge_call("bad", "sara", WholeVerdict("brush_off"))
    assert (states(desk, "sara")["bad"], states(desk, "omar")["bad"]) == ("done", "open")
    desk.judge_call("bad", "omar", WholeVerdict("proper"))
    assert states(desk, "huda")["bad"] == "taken"
    assert rows(db, "SELECT count(*) FROM reviews WHERE blind AND sample_id IS NOT NULL") == [(2,)]


def test_named_reviewers_get_their_own_calls(db, desk):
    desk.draw(SampleSpecification(random=3, reviewers=("sara", "omar"), seed=1))
    mine = {call for call, state in states(desk, "sara").items() if state == "open"}
    theirs = {call for call, state in states(desk, "omar").items() if state == "open"}
    assert mine | theirs == {"bad", "doubt", "good"}
    assert not mine & theirs
    assert set(states(desk, "huda").values()) == {"taken"}


def test_a_sample_is_kept_with_its_probabilities_and_found_again(db, desk):
    sample = desk.draw(SampleSpecification(random=1, flagged=1, uncertain=1, seed=4))
    again = ReviewDesk(db, default_scorecard())
    assert [e.row.call_id for e in again.queue("sara")] == [i.call_id for i in sample.items]
    stored = rows(db, "SELECT call_id, stratum, probability FROM review_items ORDER BY position")
    assert stored == [(i.call_id, i.stratum, i.probability) for i in sample.items]
    assert rows(db, "SELECT opinion, population FROM review_cells ORDER BY ALL") == [
        ("clean", 1), ("flagged", 1), ("uncertain", 1),
    ]  # fmt: skip
    assert rows(db, "SELECT seed, specification FROM review_samples") == [(4, sample.specification)]


def test_days_limit_the_sample(desk):
    from datetime import UTC, datetime

    day = datetime(2026, 11, 2, tzinfo=UTC)
    sample = desk.draw(SampleSpecification(random=9, since=day, seed=1))
    assert {item.call_id for item in sample.items} == {"doubt", "good"}
    with pytest.raises(UsageError, match="no audited call"):
        desk.draw(SampleSpecification(random=9, until=datetime(2026, 1, 1, tzinfo=UTC)))


def test_answers_override_what_is_automatic_and_can_be_taken_back(db, desk):
    form = desk.open_call("bad", "sara").form
    assert dict(form.automatic)["no_placation"] == "no"
    assert dict(form.automatic)["answered_in_time"] == "yes"
    form = desk.answer("bad", "sara", "no_placation", "yes")
    assert (dict(form.answers), form.effective["no_placation"]) == ({"no_placation": "yes"}, "yes")
    better = form.result.weighted_score
    form = desk.answer("bad", "sara", "no_placation", None)
    assert form.effective["no_placation"] == "no"
    assert form.result.weighted_score < better
    form = desk.answer("bad", "sara", "no_abuse", "no", "شتمه")
    assert (form.result.score, form.result.failed_critical) == (0.0, ("no_abuse",))
    card = default_scorecard()
    assert rows(
        db,
        "SELECT criterion, answer, automatic_answer, reviewer, blind, comment "
        "FROM scorecard_answers ORDER BY answered_at",
    ) == [
        ("no_placation", "yes", "no", "sara", False, None),
        ("no_placation", None, "no", "sara", False, None),
        ("no_abuse", "no", None, "sara", False, "شتمه"),
    ]
    assert rows(
        db,
        "SELECT r.score, r.passed, r.failed_critical, name, version, scorecard_sha256 "
        "FROM scorecard_results AS r JOIN scorecards USING (scorecard_sha256)",
    ) == [(0.0, False, ["no_abuse"], card.name, card.version, card.sha256)]
    assert desk.open_call("bad", "omar").form.answers == ()


def test_an_answer_that_the_form_does_not_know_is_refused(desk):
    with pytest.raises(ReviewInputError, match="no criterion 'rude'"):
        desk.answer("bad", "sara", "rude", "yes")
    with pytest.raises(ReviewInputError, match="answers are yes, no, na"):
        desk.answer("bad", "sara", "no_abuse", "perhaps")


def test_opening_a_call_is_in_the_log_of_accesses(db, desk):
    desk.open_call("bad", "sara")
    with open_database(db) as connection:
        (entry,) = read_accesses(connection, db, "bad")
    assert (entry.command, entry.scope) == ("review", "reviewer=sara")


def test_many_at_once_lose_nothing(db, desk):
    def work(name):
        for index, label in ((2, "placation"), (4, "deflection"), (0, "stalling")):
            desk.judge_turn("bad", name, TurnVerdict(index, label, "unsure"))

    threads = [threading.Thread(target=work, args=(f"r{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(db, "SELECT count(*), count(DISTINCT reviewer) FROM current_reviews") == [(12, 4)]


def test_other_writers_are_told_that_the_screen_is_open_and_readers_are_not_stopped(db):
    with reviewing(db):
        desk = ReviewDesk(db, default_scorecard())
        with (
            pytest.raises(StoreBusyError, match=r"is being reviewed.*by process \d+.*Ctrl-C"),
            open_database(db, write=True),
        ):
            pass
        with pytest.raises(StoreBusyError, match="already being reviewed"), reviewing(db):
            pass
        assert rows(db, "SELECT count(*) FROM calls") == [(3,)]
        desk.judge_call("bad", "sara", WholeVerdict("proper"))
    with open_database(db, write=True):
        pass


def test_a_screen_that_nobody_uses_lets_others_write_and_goes_on_after_them(db):
    with reviewing(db) as hold:
        desk = ReviewDesk(db, default_scorecard(), hold=hold)
        desk.rest()  # it was used just now
        assert is_reviewed(db)
        desk.rest(idle_s=0)
        assert not is_reviewed(db)
        with open_database(db, write=True):
            pass
        desk.judge_call("bad", "sara", WholeVerdict("proper"))
        assert is_reviewed(db)
        desk.rest(idle_s=0)
        with reviewing(db), pytest.raises(StoreBusyError, match="already being reviewed"):
            desk.queue("sara")
    assert not is_reviewed(db)


def test_personal_data_in_a_comment_is_not_stored(db):
    desk = ReviewDesk(db, default_scorecard(), plain=lambda comment: redact(comment).text)
    told = "المتصل عطاه جواله 0551234567 ولا سجله"
    desk.judge_turn("bad", "sara", TurnVerdict(2, "placation", "confirmed", comment=told))
    desk.judge_call("bad", "sara", WholeVerdict("proper", comment=told))
    desk.answer("bad", "sara", "no_abuse", "yes", told)
    stored = "SELECT comment FROM reviews UNION ALL SELECT comment FROM scorecard_answers"
    assert rows(db, stored) == [("المتصل عطاه جواله [جوال] ولا سجله",)] * 3


def test_what_a_bleep_covers_are_the_times_of_the_audit_and_of_todays_rules(db):
    with open_database(db, write=True) as connection:
        connection.execute("INSERT INTO redactions VALUES ('bad', 2, 'phone', 0, 4300, 4800)")
        connection.execute("UPDATE words SET text = '0551234567' "
                           "WHERE call_id = 'bad' AND turn_index = 3 AND word_index = 0")  # fmt: skip
        connection.execute(
            "UPDATE turns SET text = '0551234567 يوصل' WHERE call_id = 'bad' AND turn_index = 3"
        )
    desk = ReviewDesk(db, default_scorecard())
    # The greeting tells a name at 0:01; bleeps reach 0.2 s beyond the words.
    assert [(s.start_ms, s.end_ms) for s in desk.private_spans("bad")] == [
        (1150, 1980), (4100, 5000), (5800, 7080)
    ]  # fmt: skip

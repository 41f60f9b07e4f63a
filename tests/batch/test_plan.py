from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from audit.batch.plan import make_plan
from audit.store.queries import StoredCall
from audit.types import CallFailure, Recording


def stored_call(call_id, sha256, status, path=None):
    return StoredCall(call_id, sha256, status, path or f"/{call_id}.wav")


def plan_of(found, stored, **options):
    return make_plan(found, lambda recordings: stored, **options)


def recording(call_id, sha256, path=None):
    return Recording(call_id, Path(path or f"/{call_id}.wav"), sha256)


def test_what_is_stored_is_skipped_and_what_failed_is_tried_again():
    stored = [
        stored_call("A", "a", "audited"),
        stored_call("B", "b", "unscorable"),
        stored_call("C", "c", "failed"),
    ]
    plan = plan_of([recording("A", "a"), recording("B", "b"), recording("C", "c")], stored)
    assert [r.call_id for r in plan.todo] == ["C"]
    assert plan.skipped == 2


def test_again_does_stored_calls_anew():
    plan = plan_of([recording("A", "a")], [stored_call("A", "a", "audited")], again=True)
    assert [r.call_id for r in plan.todo] == ["A"]


def test_the_same_content_twice_is_audited_once():
    plan = plan_of([recording("A", "a"), recording("copy", "a")], [])
    assert [r.call_id for r in plan.todo] == ["A"]
    assert plan.skipped == 1


def test_one_call_id_for_two_contents_is_a_failure_that_names_both():
    plan = plan_of([recording("A", "a", "/x/A.wav"), recording("A", "b", "/y/A.wav")], [])
    assert [r.sha256 for r in plan.todo] == ["a"]
    ((failure, _),) = plan.failures
    assert "/x/A.wav" in failure.reason
    assert "/y/A.wav" in failure.reason


def test_a_stored_call_id_with_another_content_is_a_failure():
    plan = plan_of([recording("A", "b", "/other/A.wav")], [stored_call("A", "a", "audited")])
    assert plan.todo == ()
    assert "already in the database" in plan.failures[0][0].reason


def test_a_recording_whose_file_has_changed_is_audited_anew():
    plan = plan_of([recording("A", "whole")], [stored_call("A", "half", "audited")])
    assert [r.sha256 for r in plan.todo] == ["whole"]


def test_a_failed_call_may_come_back_with_another_content():
    plan = plan_of([recording("A", "whole")], [stored_call("A", "cut", "failed")])
    assert [r.sha256 for r in plan.todo] == ["whole"]


ITEMS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("abcd"))
    | st.just(CallFailure(Path("/x"), "find", "gone")),
    max_size=12,
)
STORED = st.dictionaries(
    st.sampled_from("ABC"),
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["audited", "unscorable", "failed"])),
)


@given(ITEMS, STORED)
def test_nothing_is_lost_and_nothing_is_done_twice(items, stored):
    found = [item if isinstance(item, CallFailure) else recording(*item) for item in items]
    known = [stored_call(call_id, *rest) for call_id, rest in stored.items()]
    plan = plan_of(found, known)
    assert len(plan.todo) + len(plan.failures) + plan.skipped == len(found)
    assert len({r.sha256 for r in plan.todo}) == len(plan.todo)
    assert len({r.call_id for r in plan.todo}) == len(plan.todo)

"""Which moments are taken."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from audit.language.normalization import normalize
from audit.reporting.excerpts.selection import choose
from audit.store.excerpts import Moment, MomentLabel
from audit.types import LABELS

WORDS = (
    "الطلب الفرع التذكرة الموعد المشرف الفاتورة الشحنة الشريحة الحساب العقد السيارة الدفعة "
    "الرسالة المبلغ الموقع التطبيق الجهاز الشبكة البطاقة الرقم"
).split()


def moment(call="C", turn=0, label="placation", score=0.8, agent="A1", text=None, **more) -> Moment:
    reviewed = more.pop("reviewed", "unreviewed")
    # Texts that have nothing to do with each other, unless one is given.
    text = text or " ".join(random.Random(f"{call}{turn}").sample(WORDS, 6))
    return Moment(
        call, turn, (MomentLabel(label, score, reviewed),), agent, "masar", "hotline", None,
        turn * 1000, turn * 1000 + 900, text, more.pop("asr_confidence", 0.8),
    )  # fmt: skip


def chosen(moments, limit=20):
    return [(m.call_id, m.turn_index) for m in choose(moments, limit, normalize).moments]


def test_it_is_not_the_top_of_one_agent():
    worst = [moment(f"W{i}", label=LABELS[i % 7], score=0.99, agent="worst") for i in range(40)]
    others = [moment(f"O{i}", score=0.5, agent=f"A{i}") for i in range(9)]
    found = choose([*worst, *others], 10, normalize).moments
    assert Counter(m.agent_id for m in found).most_common(1)[0][1] == 1


def test_kinds_and_calls_are_spread_too():
    moments = [
        moment(f"C{call}", turn, label, 0.9 - 0.1 * place, agent="only")
        for call in range(7)
        for turn, (place, label) in enumerate(enumerate(LABELS))
    ]
    found = choose(moments, 7, normalize).moments
    assert {m.labels[0].label for m in found} == set(LABELS)
    assert len({m.call_id for m in found}) == 7


def test_what_people_confirmed_comes_before_what_the_classifier_is_surer_of():
    moments = [
        moment("sure", score=0.99),
        moment("confirmed", score=0.4, reviewed="confirmed"),
        moment("added", score=None, reviewed="confirmed"),
    ]
    assert chosen(moments) == [("added", 0), ("confirmed", 0), ("sure", 0)]


def test_nearly_the_same_words_are_heard_once():
    moments = [
        moment("a", text="تطمن إن شاء الله خير والموضوع ماشي", score=0.9, agent="A1"),
        moment("b", text="تطمّن ان شاء اللة خير والموضوع ماشي.", score=0.8, agent="A2"),
        moment("c", text="تطمن انشا الله خير والموظوع ماشي", score=0.7, agent="A3"),
        moment("d", text="راجع أقرب فرع عندك", score=0.6, agent="A4"),
    ]
    choice = choose(moments, 20, normalize)
    assert [m.call_id for m in choice.moments] == ["a", "d"]
    assert choice.alike == 2


def test_a_duplicate_does_not_take_the_place_of_another():
    same = [moment(f"S{i}", text="تحت الإجراء", agent=f"A{i}", score=0.9) for i in range(30)]
    other = [moment("x", score=0.1, agent="A0")]
    assert len(choose([*same, *other], 2, normalize).moments) == 2


@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_the_order_of_the_rows_changes_nothing(rng, limit):
    moments = [
        moment(f"C{i // 3}", i, LABELS[i % 5], round((i * 37 % 10) / 10, 1), f"A{i % 4}")
        for i in range(30)
    ]
    expected = chosen(moments, limit)
    rng.shuffle(moments)
    assert chosen(moments, limit) == expected
    assert len(set(expected)) == len(expected) <= limit
    if limit >= 4:
        assert len({m.agent_id for m in choose(moments, limit, normalize).moments}) == 4


def test_calls_without_an_agent_are_taken_too():
    assert chosen([moment("a", agent=None), moment("b", agent=None)]) == [("a", 0), ("b", 0)]


def test_thousands_of_moments_take_seconds():
    moments = [
        moment(f"C{i}", i % 20, LABELS[i % 7], (i % 100) / 100, f"A{i % 200}")
        for i in range(30_000)
    ]
    assert len(choose(moments, 50, normalize).moments) == 50

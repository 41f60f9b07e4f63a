"""Numbers that a turn asked for and that a recognizer heard badly."""

from __future__ import annotations

import pytest

from audit.language.redaction import (
    SpokenTurn,
    find_entities,
    find_entities_in_turns,
    redact_utterances,
)
from audit.types import Utterance, Word


def found(*turns):
    result = find_entities_in_turns([SpokenTurn(speaker, text) for speaker, text in turns])
    return [[(e.type, e.text) for e in entities] for entities in result]


@pytest.mark.parametrize(
    ("question", "answer", "kind"),
    [
        ("عطني رقم الجوال لو سمحت", "صفر خمسة قمشة واحد شبعت اثنين ثلاثة", "phone"),
        ("كم رقم الهوية؟", "واحد صفر زتة سبعة تلطة ثمانية تسعة", "national_id"),
        ("ممكن رقم الإقامة", "٢٣ ٤٥ سبعه ٩", "national_id"),
        ("زودني بالآيبان", "اس اي اربعة اربعة عشرين صفر خمسة سبعة", "iban"),
        ("رقم البطاقة؟", "أربعة ثمانية اثنين أربعة تسعة تسعة زعلف ستة", "card"),
        ("تعطيني رقم جوالك", "٠٥٥ ٣١", "phone"),
    ],
)
def test_an_answer_that_is_mostly_digits_is_what_was_asked_for(question, answer, kind):
    asked, told = found(("A", question), ("C", answer))
    assert asked == []
    assert {entity for entity, _ in told} == {kind}
    covered = sum(len(text) for _, text in told)
    assert covered >= 0.8 * len(answer)


def test_over_pauses_and_turns_with_the_agent_repeating():
    result = found(
        ("A", "كم رقم الهوية عشان أتأكد؟"),
        ("C", "ايه لحظة"),
        ("C", "واحد صفر زتة"),
        ("A", "واحد صفر ستة"),
        ("C", "ثمانية ثمانية تلطة"),
        ("A", "تمام كمل"),
        ("C", "خمسة قمشة واحد"),
        ("A", "شكرا لك والحين أشوف طلبك رقم 4412"),
    )
    assert [bool(entities) for entities in result] == [0, 0, 1, 1, 1, 0, 1, 0]
    assert {kind for entities in result for kind, _ in entities} == {"national_id"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "جوالي صفر خمسة قمشة واحد ثلاثة شبعت اثنين ثلاثة ستة شكرا",
            "صفر خمسة قمشة واحد ثلاثة شبعت اثنين ثلاثة ستة",
        ),
        (
            "رقم الهوية واحد صفر زتة سبعة ثلاثة ثمانية تسعة اثنين",
            "واحد صفر زتة سبعة ثلاثة ثمانية تسعة اثنين",
        ),
    ],
)
def test_a_number_that_misheard_words_cut_into_pieces(text, expected):
    assert [entity.text for entity in find_entities(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "رقم الطلب واحد صفر زتة سبعة ثلاثة ثمانية تسعة اثنين",
        "من الجوال دفعت ثلاثة أقساط وبقي أربعة وخمسين يوم",
        "البطاقة فيها خمسمية ريال وصرفت منها ثلاثمية وعشرين",
    ],
)
def test_other_numbers_in_pieces_stay(text):
    assert find_entities(text) == ()


@pytest.mark.parametrize(
    "turns",
    [
        [("A", "كم رقم الجوال؟"), ("C", "ما أتذكره بس رقم الطلب اثنين ثلاثة أربعة خمسة")],
        [("A", "كم المبلغ؟"), ("C", "ألف وميتين وخمسين")],
        [("A", "عطني رقم الطلب"), ("C", "واحد اثنين ثلاثة أربعة خمسة ستة")],
        [("A", "كم رقم الجوال؟"), ("C", "دفعت ثلاثمية وخمسين ريال")],
        [("A", "آخر أربعة أرقام من البطاقة؟"), ("C", "أربعة خمسة اثنين واحد")],
        [("A", "سجلت رقم جوالك شكرا لك"), ("C", "متى يخلص، خمسة أيام؟")],
        [("A", "كم رقم الهوية؟"), ("A", "سبعة ثمانية تسعة عشرة")],
        [
            ("A", "رقم الجوال؟"),
            ("C", "والله أنا متصل عليكم من يومين"),
            ("C", "خمسة ستة سبعة ثمانية"),
        ],
    ],
)
def test_other_answers_stay(turns):
    assert all(entities == [] for entities in found(*turns))


def test_the_times_of_its_words_are_bleeped():
    def utterance(index, speaker, text):
        start = index * 10_000
        words = tuple(
            Word(start + 500 * i, start + 500 * i + 400, word, 0.5)
            for i, word in enumerate(text.split())
        )
        return Utterance(index, "caller", speaker, 0, start, start + 9_000, text, words)

    result = redact_utterances(
        [
            utterance(0, "A", "عطني رقم الجوال"),
            utterance(1, "C", "طيب صفر خمسة قمشة واحد شبعت اثنين"),
        ]
    )
    assert result.utterances[1].text == "طيب [جوال]"
    (span,) = result.spans
    assert (span.type, span.turn_index, span.start_ms, span.end_ms) == ("phone", 1, 10_500, 13_400)

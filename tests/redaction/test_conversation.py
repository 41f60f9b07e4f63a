"""Numbers over several turns, and the words and times that go with them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.language.redaction import (
    SpokenTurn,
    find_entities_in_turns,
    redact_utterances,
)
from audit.types import Utterance, Word


def found(*turns):
    result = find_entities_in_turns([SpokenTurn(speaker, text) for speaker, text in turns])
    assert len(result) == len(turns)
    for (_, text), entities in zip(turns, result, strict=True):
        assert all(text[e.start : e.end] == e.text for e in entities)
    return [[(e.type, e.text) for e in entities] for entities in result]


def utterance(index, speaker, text, words=True):
    start = index * 10_000
    said = tuple(
        Word(start + 500 * place, start + 500 * place + 400, word, 0.5 + 0.1 * (place % 2))
        for place, word in enumerate(text.split())
    )
    return Utterance(index, "caller", speaker, 0, start, start + 9_000, text, said if words else ())


def test_a_number_told_in_two_halves_with_a_backchannel_between():
    assert found(
        ("A", "عطني رقم جوالك"),
        ("C", "صفر خمسة خمسة ثلاثة"),
        ("A", "تمام"),
        ("C", "أربعة ثلاثة تسعة واحد واحد سبعة"),
    ) == [
        [],
        [("phone", "صفر خمسة خمسة ثلاثة")],
        [],
        [("phone", "أربعة ثلاثة تسعة واحد واحد سبعة")],
    ]


def test_the_agent_repeats_each_part_back():
    result = found(
        ("C", "جوالي صفر خمسة خمسة"),
        ("A", "صفر خمسة خمسة"),
        ("C", "واحد اثنين ثلاثة أربعة"),
        ("A", "واحد اثنين ثلاثة أربعة"),
        ("C", "سبعة ثمانية تسعة"),
    )
    assert all(len(entities) == 1 and entities[0][0] == "phone" for entities in result)


def test_the_agent_repeats_the_whole_number_back():
    result = found(("C", "جوالي 0551234567"), ("A", "أعيد عليك 055 123 4567 صح؟"))
    assert result == [[("phone", "0551234567")], [("phone", "055 123 4567")]]


def test_the_question_tells_what_the_answer_is():
    # Without the question this is no ID: its checksum is wrong.
    assert found(("C", "1387981134")) == [[]]
    assert found(("A", "كم رقم الهوية؟"), ("C", "1387981134"))[1] == [("national_id", "1387981134")]


def test_a_price_that_shares_digits_with_a_number_stays():
    result = found(("C", "جوالي 0551234567"), ("A", "الرسوم عليك بتكون 123 ريال في الشهر"))
    assert result[1] == []


def test_order_numbers_stay_over_turns():
    assert found(("A", "رقم الطلب؟"), ("C", "2210045678")) == [[], []]


def test_words_become_one_placeholder_with_their_time():
    result = redact_utterances([utterance(0, "C", "جوالي 055 123 4567، شكرا")])
    (told,) = result.utterances
    assert told.text == "جوالي [جوال]، شكرا"
    assert [word.text for word in told.words] == ["جوالي", "[جوال]،", "شكرا"]
    assert (told.words[1].start_ms, told.words[1].end_ms) == (500, 1900)
    (span,) = result.spans
    assert (span.type, span.turn_index, span.channel) == ("phone", 0, 0)
    assert (span.start_ms, span.end_ms) == (500, 1900)


def test_an_utterance_without_personal_data_is_passed_on_as_it_is():
    clean = utterance(0, "C", "رقم الطلب 2210045678")
    result = redact_utterances([clean])
    assert result.utterances[0] is clean
    assert result.spans == ()


def test_without_words_the_whole_utterance_is_blanked_in_time():
    result = redact_utterances([utterance(2, "C", "جوالي 0551234567", words=False)])
    assert result.utterances[0].text == "جوالي [جوال]"
    assert [(s.start_ms, s.end_ms) for s in result.spans] == [(20_000, 29_000)]


def test_words_that_are_not_those_of_the_text_do_not_leak():
    odd = Utterance(
        0, "caller", "C", 0, 0, 5_000, "جوالي 0551234567", (Word(0, 900, "0551234567", 0.9),)
    )
    result = redact_utterances([odd])
    assert "055" not in "".join(word.text for word in result.utterances[0].words)
    assert [(s.start_ms, s.end_ms) for s in result.spans] == [(0, 5_000)]


TEXTS = st.lists(
    st.sampled_from(
        "جوالي 0551234567 صفر خمسة واحد ثلاثة تمام هويتي 1387981135 معك محمد شكرا 055 4567 ريال".split()
    ),
    max_size=12,
).map(" ".join)


@given(st.lists(st.tuples(st.sampled_from("AC"), TEXTS), max_size=8))
@settings(max_examples=150, deadline=None)
def test_words_and_text_stay_in_step_and_times_inside_the_turn(turns):
    told = [utterance(index, speaker, text) for index, (speaker, text) in enumerate(turns)]
    result = redact_utterances(told)
    for before, after in zip(told, result.utterances, strict=True):
        assert " ".join(word.text for word in after.words) == after.text
        assert [w.start_ms for w in after.words] == sorted(w.start_ms for w in after.words)
        assert {w.start_ms for w in after.words} <= {w.start_ms for w in before.words}
    for span in result.spans:
        turn = told[span.turn_index]
        assert turn.start_ms <= span.start_ms < span.end_ms <= turn.end_ms


def test_a_name_at_the_end_of_a_turn_goes_though_the_next_begins_like_one():
    assert found(
        ("A", "شريك طرد لتوصيل معاك عبد الله"),
        ("C", "أسلام عليكم شحنة مكتوب إنها تسلمت"),
    ) == [[("name", "عبد الله")], []]

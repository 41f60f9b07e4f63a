"""Who the agents are is not told by what they say."""

from __future__ import annotations

import pytest

from audit.language.agent_names import NAME, hide_agent_names
from audit.types import RedactedSpan, Utterance, Word


def turn(index: int, role: str, text: str) -> Utterance:
    words = tuple(
        Word(index * 10_000 + n * 500, index * 10_000 + n * 500 + 400, part, 0.9)
        for n, part in enumerate(text.split())
    )
    return Utterance(
        index, role, "S0" if role == "agent" else "S1", 0, words[0].start_ms, words[-1].end_ms,
        text, words,
    )  # fmt: skip


def hidden(*lines: tuple[str, str], agent_id: str | None = "A101"):
    found = hide_agent_names([turn(i, *line) for i, line in enumerate(lines)], agent_id)
    return [u.text for u in found.utterances], found.spans


@pytest.mark.parametrize(
    ("greeting", "left"),
    [
        ("السلام عليكم معك نورة كيف أقدر أخدمك", f"السلام عليكم معك {NAME} كيف أقدر أخدمك"),
        ("معاك زغلولة من خدمة العملاء", f"معاك {NAME} من خدمة العملاء"),
        # as recognizers heard «معك نورة», «معك ريم», «معك هند»
        ("حياك الله في مركز معكمورة", f"حياك الله في مركز {NAME}"),
        ("تأمن أدير معك ليم تفضل", f"تأمن أدير معك {NAME} تفضل"),
        ("مرحبا ذك مع أكمن من شريك السند", f"مرحبا ذك مع {NAME} من شريك السند"),
        ("معك نورة القحطاني تفضل", f"معك {NAME} تفضل"),
        ("معك أخوك زعفران حياك", f"معك أخوك {NAME} حياك"),
    ],
)
def test_the_name_in_a_greeting_is_hidden_even_misheard(greeting, left):
    texts, spans = hidden(("agent", greeting))
    assert " ".join(texts[0].replace(f"{NAME} {NAME}", NAME).split()) == left
    assert spans
    assert all(span.type == "name" for span in spans)


@pytest.mark.parametrize(
    "said",
    [
        "معاك حق أنا استعجلت",
        "السلام عليكم كيف أقدر أخدمك",
        "معك مركز خدمة المستفيدين تفضل",
        "عندك معلومات عن الموضوع",
        "المعاملة تحت الإجراء",
    ],
)
def test_what_is_no_name_stays(said):
    texts, spans = hidden(("agent", said))
    assert texts == [said]
    assert spans == ()


def test_only_the_greeting_is_searched_for_what_may_be_a_name():
    texts, spans = hidden(("agent", "حياك الله تفضل"), ("agent", "معك زغلولة في الاجتماع"))
    assert texts[1] == "معك زغلولة في الاجتماع"
    assert spans == ()


def test_an_agent_known_by_name_is_hidden_wherever_the_name_is_said():
    texts, spans = hidden(
        ("agent", "حياك الله تفضل"),
        ("caller", "يا زعفران ردي علي"),
        ("agent", "زعفرانة معك"),
        agent_id="زعفران البتيل",
    )
    assert texts[1] == f"يا {NAME} ردي علي"
    assert texts[2] == f"{NAME} معك"
    assert RedactedSpan("name", 1, 0, 10_500, 10_900) in spans


def test_a_name_in_a_turn_without_times_covers_the_turn():
    silent = Utterance(0, "caller", "S1", 1, 500, 4000, "يا زعفران وين طلبي")
    found = hide_agent_names([silent], "زعفران")
    assert NAME in found.utterances[0].text
    assert "زعفران" not in found.utterances[0].text
    assert any(span.start_ms == 500 and span.end_ms == 4000 for span in found.spans)


def test_personal_data_of_callers_is_hidden_as_well():
    texts, spans = hidden(("caller", "جوالي 0551234567 ردوا علي"))
    assert "0551234567" not in texts[0]
    assert [span.type for span in spans] == ["phone"]

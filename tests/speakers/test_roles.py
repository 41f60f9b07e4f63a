from __future__ import annotations

import pytest

from audit.errors import AudioError, UsageError
from audit.speech.cues import find_cues, fold, load_cues, match, parse_cue
from audit.speech.roles import assign_roles
from audit.types import CallMetadata, Diarization, SpeakerTurn, Utterance

GREETING = "السلام عليكم معك نورة من خدمة العملاء كيف أقدر أخدمك"
COMPLAINT = "عندي مشكلة طلبي تأخر وأبغى أعرف متى ينتهي"


def call(*said: tuple[str, str], gap_ms: int = 300) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(index, "unknown", speaker, None, index * 4000, index * 4000 + 4000 - gap_ms, text)
        for index, (speaker, text) in enumerate(said)
    )


def diarization(utterances: tuple[Utterance, ...], *channels: tuple[str, int]) -> Diarization:
    turns = tuple(SpeakerTurn(u.start_ms, u.end_ms, u.speaker) for u in utterances)
    return Diarization(turns, turns, channels)


CALL = call(("S1", GREETING), ("S0", COMPLAINT), ("S1", "رقم الهوية لو سمحت"), ("S0", "ألف وعشرة"))
STEREO = diarization(CALL, ("S0", 0), ("S1", 1))


@pytest.mark.parametrize(("option", "told"), [(0, None), ("0", None), ("auto", 0), (None, 0)])
def test_channel_map_decides(option: str | int | None, told: int | None) -> None:
    roles = assign_roles(CALL, STEREO, CallMetadata(agent_channel=told), option)
    assert roles.role_of("S0") == "agent"
    assert roles.role_of("S1") == "caller"
    assert roles.confidence == 1.0
    assert "channel 0" in roles.evidence


def test_option_overrides_metadata() -> None:
    roles = assign_roles(CALL, STEREO, CallMetadata(agent_channel=0), "1")
    assert roles.role_of("S1") == "agent"


@pytest.mark.parametrize("option", ["left", "2", 7, "-1"])
def test_wrong_option_is_named(option: str | int) -> None:
    with pytest.raises(UsageError, match="auto, 0 or 1"):
        assign_roles(CALL, STEREO, CallMetadata(), option)


def test_channel_that_does_not_exist_is_named() -> None:
    with pytest.raises(AudioError, match="agent channel 1 does not exist"):
        assign_roles(CALL, diarization(CALL), CallMetadata(agent_channel=1), "auto", channels=1)


def test_silent_agent_channel_leaves_the_caller() -> None:
    alone = call(("S1", "ألو"), ("S1", "فيه أحد"))
    roles = assign_roles(alone, diarization(alone, ("S1", 1)), CallMetadata(agent_channel=0))
    assert roles.role_of("S1") == "caller"


def test_words_decide_without_a_map_whichever_the_channel() -> None:
    roles = assign_roles(CALL, STEREO, CallMetadata())
    assert roles.role_of("S1") == "agent"
    assert roles.role_of("S0") == "caller"
    assert roles.confidence > 0.9
    assert "أخدمك" in roles.evidence


def test_misheard_words_decide_too() -> None:
    misheard = call(
        ("S0", "ألو"),
        ("S1", "مرحبا معك خالد من خدمت العملا كيفا قدر اخدمك"),
        ("S0", "انا عند مشكله من اسبوع"),
    )
    assert assign_roles(misheard, diarization(misheard), CallMetadata()).role_of("S1") == "agent"


def test_a_channel_map_is_silent_where_both_are_on_one_channel() -> None:
    both = diarization(CALL, ("S0", 0), ("S1", 0))
    roles = assign_roles(CALL, both, CallMetadata(agent_channel=0), channels=2)
    assert roles.role_of("S1") == "agent"
    assert roles.confidence < 1.0


def test_no_evidence_is_no_confidence() -> None:
    empty = assign_roles((), diarization(CALL), CallMetadata())
    assert empty.confidence == 0.0
    assert {role for _, role in empty.roles} == {"unknown"}
    vague = call(("S0", "إيه"), ("S1", "طيب"))
    assert assign_roles(vague, diarization(vague), CallMetadata()).confidence < 0.5


def test_outbound_calls_do_not_count_speaking_first_for_the_agent() -> None:
    vague = call(("S0", "نعم"), ("S1", "طيب كذا يعني"))
    outbound = assign_roles(vague, diarization(vague), CallMetadata(direction="outbound"))
    assert outbound.role_of("S1") == "agent"


def test_menu_voice_is_other() -> None:
    menu = "أهلا بكم للغة العربية اضغط واحد قد يتم تسجيل المكالمة لضمان الجودة"
    with_menu = call(
        ("S0", menu),
        *(("S2" if s == "S1" else "S1", t) for s, t in (("S1", GREETING), ("S0", COMPLAINT))),
    )
    roles = assign_roles(with_menu, diarization(with_menu), CallMetadata())
    assert roles.role_of("S0") == "other"
    assert roles.role_of("S2") == "agent"
    assert roles.role_of("S1") == "caller"


def test_transferred_call_has_two_agents() -> None:
    transferred = call(
        ("S0", GREETING),
        ("S1", COMPLAINT),
        ("S0", "خليك معاي على الخط بحولك على القسم"),
        ("S2", "مرحبا معك سعد من خدمة العملاء كيف أقدر أساعدك"),
        ("S1", "أبي أكلم المشرف كم مرة اتصلت عليكم"),
        ("S2", "نعتذر لك عن الإزعاج رفعت لك تذكرة"),
    )
    roles = assign_roles(transferred, diarization(transferred), CallMetadata())
    assert [roles.role_of(name) for name in ("S0", "S1", "S2")] == ["agent", "caller", "agent"]


def test_fold_and_match() -> None:
    assert fold("إِنْ شاءَ اللّٰه، ٣") == fold("ان شاء الله")
    assert match("كيف أقدر أخدمك", "يا هلا كيف قدرا خدمك تفضل") > 0.8
    assert match("كيف أقدر أخدمك", "الفاتورة جتني غالية هذا الشهر") == 0.0
    assert match("ألو", "قالوا لي") == 0.0
    assert match("ألو", "الو السلام عليكم") == 1.0
    assert match("كيف أقدر أخدمك", "") == 0.0


@pytest.mark.parametrize(
    "line", ["كلمة", "كلمة\tagent", "كلمة\tagent\tكثير", "٣\tagent\t1", "ا\tagent\t0"]
)
def test_a_wrong_lexicon_line_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=r"cues\.tsv:3"):
        parse_cue(line, "cues.tsv:3")


def test_shipped_lexicons_are_sound() -> None:
    assert {cue.kind for cue in load_cues("agent_cues")} == {"agent", "caller", "menu"}
    assert {cue.kind for cue in load_cues("hold_cues")} == {"before", "after"}
    for name in ("agent_cues", "hold_cues"):
        cues = load_cues(name)
        assert len({fold(cue.phrase) + cue.kind for cue in cues}) == len(cues)
        assert all((cue, cue.weight) in find_cues(cues, cue.phrase) for cue in cues)

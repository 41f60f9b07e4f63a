"""How reports name what the database holds as codes, in Arabic and English."""

from __future__ import annotations

from audit.reporting.report import Language, Title
from audit.store.report_views import Selection

#: Values of columns of the kinds ``code`` and ``codes``.
_CODES: dict[str, Title] = {
    # labels of the taxonomy
    "placation": Title("Placation", "تسليك"),
    "deflection": Title("Deflection", "تصريف"),
    "stalling": Title("Stalling", "مماطلة"),
    "unresolved_closure": Title("Closed unresolved", "إغلاق دون حل"),
    "uninformed": Title("Uninformed", "عدم إلمام"),
    "disclaiming": Title("Disclaiming", "تنصّل"),
    "dismissive_tone": Title("Dismissive tone", "استخفاف أو جفاء"),
    # good handling
    "commitment": Title("Commitment", "التزام"),
    "ownership": Title("Ownership", "تولّي المشكلة"),
    "resolution": Title("Resolution", "حلّ"),
    "empathy": Title("Empathy", "تعاطف"),
    # resolutions
    "resolved": Title("Resolved", "حُلّت"),
    "committed": Title("Concrete next step", "خطوة محددة"),
    "deferred": Title("Vague deferral", "تأجيل مبهم"),
    "none": Title("Nothing", "لا شيء"),
    # standing of a group
    "better": Title("Better", "أفضل"),
    "worse": Title("Worse", "أسوأ"),
    "not_different": Title("No clear difference", "لا فرق واضح"),
    "differ": Title("They differ", "بينهما فرق"),
    "too_few_calls": Title("Too few calls", "مكالمات قليلة"),
    "not_told": Title("Not told", "غير مذكور"),
    # what a row sums up
    "all": Title("All calls", "كل المكالمات"),
    "service_channel": Title("Channel", "قناة"),
    "queue": Title("Queue", "طابور"),
    # promises
    "contacted": Title("Caller was contacted", "تم التواصل مع المتصل"),
    "caller_returned": Title("Caller had to return", "اضطر المتصل إلى المعاودة"),
    "no_later_contact": Title("No later contact known", "لا تُعرف مكالمة لاحقة"),
    "too_early": Title("Too early to tell", "لم يحن الحكم بعد"),
    "untraceable": Title("Cannot be traced", "لا يمكن تتبعها"),
    # calling again
    "any_repeat": Title("Called again", "معاودة لأي سبب"),
    "same_ticket": Title("Same ticket", "التذكرة نفسها"),
    "same_caller": Title("Same caller", "المتصل نفسه"),
    "closed_untold": Title("Ticket closed, nothing told", "أُغلقت التذكرة دون إبلاغ"),
    # what satisfaction is held against
    "brush_off_score": Title("Brush-off score", "درجة التسليك"),
    "wait_ms": Title("Wait for an answer", "انتظار الرد"),
    "hold_ms": Title("Hold", "التعليق"),
    "dead_air_ms": Title("Dead air", "الصمت"),
    "lower_satisfaction": Title("Less satisfied", "رضا أقل"),
    "higher_satisfaction": Title("More satisfied", "رضا أعلى"),
    "no_relation_shown": Title("No relation shown", "لم تثبت علاقة"),
    "too_few_answers": Title("Too few answers", "إجابات قليلة"),
    # as they are usually told
    "hotline": Title("Hotline", "الهاتف"),
    "branch": Title("Branch", "الفرع"),
    # dialects
    "najdi": Title("Najdi", "نجدية"),
    "hijazi": Title("Hijazi", "حجازية"),
    "gulf": Title("Gulf Arabic", "خليجية"),
    "egyptian": Title("Egyptian", "مصرية"),
    "levantine": Title("Levantine", "شامية"),
    "maghrebi": Title("Maghrebi", "مغاربية"),
    "iraqi": Title("Iraqi", "عراقية"),
    "sudanese": Title("Sudanese", "سودانية"),
    "yemeni": Title("Yemeni", "يمنية"),
    "msa": Title("Standard Arabic", "فصحى"),
}

#: Columns that name a service channel: what is usual is shown in our words.
CHANNEL_COLUMNS = ("service_channel", "channel", "other_channel")

NOT_TOLD = _CODES["not_told"]
YES = Title("yes", "نعم")
NO = Title("no", "لا")


def code_title(code: str) -> Title:
    """The wording of a code; a code that is not known here stands for itself."""
    return _CODES.get(code) or Title(code, code)


def code_text(code: str, language: Language) -> str:
    return code_title(code).text(language)


_GUIDE = (
    Title(
        "Every share is of the judged calls. A call whose evidence is too weak is not judged; it counts "
        "neither as good nor as bad.",
        "كل نسبة محسوبة من المكالمات المدقّقة وحدها. المكالمة التي ضعف دليلها لا تُقيَّم، "
        "فلا تُحسب حسنة ولا سيئة.",
    ),
    Title(
        "The figures “from” and “to” are the 95 % interval: what the share may really be, given how few "
        "or many calls were heard.",
        "«من» و«إلى» حدّا مجال الثقة 95%: ما قد تكون عليه النسبة فعلاً بالنظر إلى عدد المكالمات.",
    ),
    Title(
        "Groups with fewer than {min_calls} judged calls are not ranked. “Better” and “worse” stand "
        "only where the whole interval lies to one side of the share of all calls.",
        "المجموعة التي تقلّ مكالماتها المدقّقة عن {min_calls} لا تُرتَّب. ولا يُقال «أفضل» أو «أسوأ» إلا إذا "
        "وقع المجال كله في جهة واحدة من نسبة الكل.",
    ),
    Title(
        "A flag is a reason to listen to the call, not a verdict on a person.",
        "الرصد سبب للاستماع إلى المكالمة، وليس حكماً على أحد.",
    ),
)
_SELECTED = {
    "agent": Title("agent {}", "الموظف {}"),
    "vendor": Title("vendor {}", "الشركة {}"),
    "service_channel": Title("channel {}", "القناة {}"),
    "queue": Title("queue {}", "الطابور {}"),
    "dialect": Title("dialect {}", "اللهجة {}"),
    "since": Title("since {}", "منذ {}"),
    "until": Title("until {}", "حتى {}"),
}
_CODED = ("service_channel", "dialect")
_ALL_CALLS = Title("all calls of the database", "كل مكالمات قاعدة البيانات")


def reading_guide(min_calls: int, language: Language) -> tuple[str, ...]:
    """What a reader has to know so that the figures do not mislead."""
    return tuple(line.text(language).format(min_calls=min_calls) for line in _GUIDE)


def described_selection(selection: Selection, language: Language) -> str:
    """The conditions of a selection in words."""
    parts = [
        title.text(language).format(code_text(value, language) if name in _CODED else value)
        for name, title in _SELECTED.items()
        if (value := getattr(selection, name)) is not None
    ]
    return ("، " if language == "ar" else ", ").join(parts) or _ALL_CALLS.text(language)

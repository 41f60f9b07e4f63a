"""The wording of the page that plays excerpts."""

from __future__ import annotations

from audit.reporting.report import Language, Title

_WORDS = {
    "brand": Title("tasleek", "تسليك"),
    "title": Title("Excerpts for training", "مقاطع للتدريب"),
    "made": Title("made", "أُعدّت"),
    "count": Title("Excerpts: {n}", "عدد المقاطع: {n}"),
    "list": Title("Excerpts", "المقاطع"),
    "kind": Title("Kind", "النوع"),
    "all_kinds": Title("all kinds", "كل الأنواع"),
    "agent": Title("Agent", "الموظف"),
    "caller": Title("Caller", "المتصل"),
    "other": Title("Other", "آخر"),
    "unknown": Title("Unknown", "غير معروف"),
    "agent_is": Title("agent {name}", "الموظف {name}"),
    "at": Title("at {t} of the call", "عند {t} من المكالمة"),
    "confirmed": Title("confirmed by a reviewer", "أكّدها مراجع"),
    "rejected": Title("rejected by a reviewer", "رفضها مراجع"),
    "bleeped": Title("personal data is bleeped", "البيانات الشخصية مغطّاة بصفير"),
    "play": Title("Play", "تشغيل"),
    "pause": Title("Pause", "إيقاف مؤقت"),
    "previous": Title("Previous", "السابق"),
    "next": Title("Next", "التالي"),
    "replay": Title("Hear the moment again", "أعد الموضع"),
    "position": Title("Position", "الموضع من المقطع"),
    "speed": Title("Speed", "السرعة"),
    "auto": Title("Go on to the next", "تابع إلى التالي"),
    "quiz": Title("Hide the kind", "أخفِ النوع"),
    "hidden_kind": Title("which kind?", "ما النوع؟"),
    "keys_title": Title("Keys", "المفاتيح"),
    "key_space": Title("play, pause", "تشغيل وإيقاف"),
    "key_arrows": Title("3 seconds back, on", "3 ثوانٍ إلى الخلف، إلى الأمام"),
    "key_np": Title("next, previous", "التالي، السابق"),
    "key_r": Title("the moment again", "الموضع من جديد"),
    "key_k": Title("hide or show the kind", "إخفاء النوع وإظهاره"),
    "key_a": Title("go on by itself, or stop after each", "المتابعة تلقائياً أو التوقف بعد كل مقطع"),
    "space": Title("Space", "المسافة"),
    "cannot_play": Title(
        "This excerpt cannot be played. Is its file beside this page? ",
        "تعذّر تشغيل هذا المقطع. هل ملفه بجانب هذه الصفحة؟ ",
    ),
    "file": Title("sound file", "ملف الصوت"),
}


def playlist_words(language: Language) -> dict[str, str]:
    """The words of the page by name, in ``language``."""
    return {name: title.text(language) for name, title in _WORDS.items()}

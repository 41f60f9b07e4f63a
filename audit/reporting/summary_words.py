"""The words of the two-page summary for management."""

from __future__ import annotations

from audit.reporting.report import Language, Title

_WORDS: dict[str, Title] = {
    "title": Title("Call audit: summary for management", "ملخص تدقيق المكالمات للإدارة"),
    "brand": Title("tasleek", "تسليك"),
    "page": Title("Page {n} of 2", "صفحة {n} من 2"),
    "at_a_glance": Title("At a glance", "نظرة سريعة"),
    "trend": Title("Brush-off rate by week", "نسبة التسليك أسبوعياً"),
    "trend_key": Title(
        "dot: the rate; line: its 95% interval; dashed: all calls",
        "النقطة: النسبة، والخط: مجال الثقة 95%، والمتقطع: كل المكالمات",
    ),
    "no_trend": Title(
        "Fewer than two weeks have calls.", "لم تُسجَّل المكالمات في أكثر من أسبوع واحد."
    ),
    "labels": Title("Kinds of brush-off", "أنواع التسليك"),
    "endings": Title("How calls end", "بمَ تنتهي المكالمات"),
    "any_channels": Title("Service channels", "قنوات الخدمة"),
    "channels": Title("Hotline against branch", "الهاتف مقابل الفرع"),
    "queues": Title("Queues", "طوابير الخدمة"),
    "guide": Title("How to read this", "كيف يُقرأ هذا الملخص"),
    "vendors": Title("Vendors", "الشركات المشغّلة"),
    "more": Title("and {n} more in the full report", "و{n} غيرها في التقرير الكامل"),
    "promises": Title("Promises", "الوعود"),
    "praise": Title("To praise", "يستحقون الثناء"),
    "next": Title("What to do next", "ما العمل الآن"),
    "none_named": Title("None is named in the calls.", "لم تُذكر في المكالمات."),
    "rate_key": Title(
        "dot: the rate; line: its 95% interval; hollow: too few calls to rank",
        "النقطة: النسبة، والخط: مجال الثقة 95%، والمفرّغة: مكالمات أقل من أن تُرتَّب",
    ),
    "newest": Title("newest", "الأحدث"),
    "footer": Title(
        "A flag is a reason to listen to the call, not a verdict on a person. Calls that could "
        "not be judged count neither as good nor as bad.",
        "الرصد سبب للاستماع إلى المكالمة، وليس حكماً على أحد. وما تعذّر تقييمه لا يُحسب حسناً "
        "ولا سيئاً.",
    ),
    "of_calls": Title("{part} of {whole}", "{part} من {whole}"),
}


def summary_words(language: Language) -> dict[str, str]:
    return {key: title.text(language) for key, title in _WORDS.items()}

"""The words of the report page itself: headings, what controls say, what the labels mean."""

from __future__ import annotations

from audit.reporting.report import Language, Title

_WORDS: dict[str, Title] = {
    "title": Title("Call audit", "تقرير تدقيق المكالمات"),
    "brand": Title("tasleek", "تسليك"),
    "contents": Title("Sections", "الأقسام"),
    "skip": Title("To the contents", "إلى المحتوى"),
    "guide": Title("How to read this", "كيف يُقرأ هذا التقرير"),
    "about": Title("About this report", "عن هذا التقرير"),
    "period": Title("Calls", "المكالمات"),
    "selection": Title("Selection", "الاختيار"),
    "database": Title("Database", "قاعدة البيانات"),
    "made": Title("Made", "أُنشئ في"),
    "recognizer": Title("Recognizer", "محرك التفريغ"),
    "classifier": Title("Classifier", "المصنّف"),
    "version": Title("tasleek", "إصدار تسليك"),
    "timezone": Title("Times of calls in", "أوقات المكالمات بتوقيت"),
    "all_calls": Title("All calls", "كل المكالمات"),
    # sections that are more than one table
    "channels": Title("Hotline and branch", "الهاتف والفرع"),
    "promises": Title("Promises and calling again", "الوعود ومعاودة الاتصال"),
    "praise": Title("Calls to praise", "مكالمات تستحق الثناء"),
    "satisfaction": Title("What callers felt", "ما شعر به المتصلون"),
    "flagged": Title("Flagged moments", "المواضع المرصودة"),
    # charts
    "rate_of_all": Title("All calls", "كل المكالمات"),
    "interval_key": Title(
        "dot: the rate; line: its 95% interval; dashed: all calls",
        "النقطة: النسبة، والخط: مجال الثقة 95%، والمتقطع: كل المكالمات",
    ),
    "bar_key": Title(
        "bar: the share; line: its 95% interval", "العمود: النسبة، والخط: مجال الثقة 95%"
    ),
    "wait_key": Title(
        "bar: half the callers wait longer; line: up to what nine of ten wait",
        "العمود: ما ينتظر نصف المتصلين أكثر منه، والخط: إلى ما لا يجاوزه تسعة من كل عشرة",
    ),
    "survey_key": Title(
        "dot: the mean answer; line: its 95% interval",
        "النقطة: متوسط الإجابة، والخط: مجال الثقة 95%",
    ),
    "better": Title("clearly better", "أفضل بوضوح"),
    "worse": Title("clearly worse", "أسوأ بوضوح"),
    "plain": Title("no clear difference", "لا فرق واضح"),
    "few": Title("too few calls to rank", "مكالمات أقل من أن تُرتَّب"),
    "trend_key": Title(
        "hollow: fewer than {n} judged calls", "المفرّغة: أقل من {n} من المكالمات المدقّقة"
    ),
    "newest": Title("newest", "الأحدث"),
    "between": Title("… {n} more between …", "… {n} آخرون بينهم …"),
    "of_calls": Title("{part} of {whole}", "{part} من {whole}"),
    "promise_chart": Title("What became of promises", "مآل الوعود التي أمكن تتبعها"),
    "wait_chart": Title("Wait before an answer", "الانتظار قبل الرد"),
    "score_band": Title("Score {low}–{high}", "الدرجة {low}–{high}"),
    # tiles
    "judged_of": Title("judged calls: {n}", "المكالمات المدقّقة: {n}"),
    "likely": Title("likely {range}", "على الأرجح {range}"),
    "hours": Title("{n} hours of recordings", "{n} ساعة من التسجيلات"),
    "minutes": Title("{n} minutes of recordings", "{n} دقيقة من التسجيلات"),
    "not_good": Title("counted neither good nor bad", "لا تُحسب حسنة ولا سيئة"),
    "unreadable": Title("and {n} could not be read", "و{n} تعذّرت قراءتها"),
    "near_border": Title("near the border: {n}", "على الحدّ: {n}"),
    "decided": Title("decided by people: {n}", "حسمها المراجعون: {n}"),
    "traced_of": Title("of {n} that could be followed", "من {n} أمكن تتبعها"),
    "broken": Title("Broken promises", "وعود لم تتم"),
    "again": Title("Called again within 7 days", "عاودوا الاتصال خلال 7 أيام"),
    # tables
    "filter": Title("Filter", "تصفية"),
    "search": Title("Search in this list", "ابحث في هذه القائمة"),
    "everything": Title("all", "الكل"),
    "count_shown": Title("{shown} of {total}", "{shown} من {total}"),
    "show_all": Title("Show all {n}", "اعرض الكل ({n})"),
    "nothing_found": Title("Nothing matches.", "لا شيء يوافق التصفية."),
    "empty": Title("Nothing to list.", "لا شيء هنا."),
    "cut_short": Title(
        "The first {shown} of {total}; xlsx, csv and json have all.",
        "أول {shown} من {total}؛ وكلها في ملفات xlsx وcsv وjson.",
    ),
    "scrolls": Title("table, scrolls sideways", "جدول يُمرَّر أفقياً"),
    # cards
    "listen": Title("Play", "استمع"),
    "close_player": Title("Close the player", "أغلق المشغّل"),
    "player": Title("Excerpt", "مقطع"),
    "caller": Title("Caller", "المتصل"),
    "agent": Title("Agent", "الموظف"),
    "at": Title("at {t}", "عند {t}"),
    "ended": Title("Ended with: {how}", "انتهت بـ: {how}"),
    "score": Title("Score", "الدرجة"),
    "brushed_off": Title("Brushed off", "صُرف المتصل"),
    "not_brushed_off": Title("Not brushed off", "لم يُصرف المتصل"),
    "unsure": Title("near the border", "على الحدّ"),
    "confirmed": Title("confirmed by a person", "أكّدها مراجع"),
    "nearest": Title("(nearest kind)", "(أقرب نوع)"),
    "label": Title("Kind", "النوع"),
    "probability": Title("{label}, probability {p}", "{label}، احتمال {p}"),
    "moments_guide": Title(
        "Marked words weighed most in the classifier. Words are as the machine heard them, and "
        "it mishears: listen before you judge.",
        "الكلمات المعلَّمة هي الأثقل عند المصنّف. والنص كما سمعته الآلة وهي تخطئ السمع: استمع "
        "قبل أن تحكم.",
    ),
}

#: What each label means, in a line (TAXONOMY: "the agent turn …").
LABEL_MEANINGS: dict[str, Title] = {
    "placation": Title(
        "soothes with words that carry no action, owner or time",
        "يطمئن بكلام بلا إجراء ولا مسؤول ولا موعد",
    ),
    "deflection": Title(
        "sends the caller elsewhere without making sure it helps",
        "يحيل المتصل إلى جهة أخرى دون تحقق أو مساعدة",
    ),
    "stalling": Title(
        "makes the caller wait with no deadline", "يطلب الانتظار بلا موعد ولا طريقة للمتابعة"
    ),
    "unresolved_closure": Title(
        "closes the request or the call with no outcome", "يغلق الطلب أو المكالمة دون نتيجة"
    ),
    "uninformed": Title(
        "does not know, and does not find out", "لا يعرف الخدمة أو الإجراء ولا يسأل عنه"
    ),
    "disclaiming": Title(
        "refuses responsibility and leaves it there", "ينفي مسؤوليته أو صلاحيته ويقف عند ذلك"
    ),
    "dismissive_tone": Title(
        "is curt, belittles, blames or talks down", "يجفو المتصل أو يستخفّ به أو يلومه"
    ),
}


def page_words(language: Language) -> dict[str, str]:
    """All words of the page in one language, by their names."""
    return {key: title.text(language) for key, title in _WORDS.items()}

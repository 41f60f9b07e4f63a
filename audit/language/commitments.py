"""Promises of the agent: action, owner, deadline and reference number, in the agent's own words.

A promise needs an action of the centre, and something to hold it to: a time, an owner or a reference.
``docs/taxonomy.md`` (rule 2): a number alone is no commitment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.language.normalization import normalize

_DAY = r"(?:ال)?(?:احد|اثنين|ثلاثاء|ثلوث|اربعاء|ربوع|خميس|جمعه|سبت)"
_COUNT = (
    r"(?:\d+|نص|ربع|نصف|كم|واحد|يوم|يومين|ثنين|اثنين|ثلاث\w*|تلات\w*|اربع\w*|خمس\w*|ست\w*|سبع\w*|"
    r"ثمان\w*|تمان\w*|تسع\w*|عشر\w*|عشره|عشرين|ثلاثين|ثمنيه|ثنتين)"
)
_UNIT = (
    r"(?:ساع(?:ه|ات|تين)?|يوم(?:ين)?|ايام|دقيق(?:ه|تين)|دقايق|دقائق|اسبوع(?:ين)?|اسابيع|شهر(?:ين)?)"
)
_DEADLINE = re.compile(
    rf"\b(?:(?:قبل|يوم|الى|لين|حتي|من اليوم الي)\s+(?:يوم\s+|نهايه\s+)?{_DAY}"
    rf"|(?:خلال|في غضون|في خلال|بعد|ضمن|اقصاها)\s+(?:ال)?{_COUNT}(?:\s+و\w+)?(?:\s+{_UNIT})?(?:\s+عمل)?"
    rf"|(?:خلال|بعد)\s+{_UNIT}"
    r"|(?:قبل|علي|حدود)?\s*الساعه\s+\w+(?:\s+ون?ص\w*)?"
    r"|(?:اليوم|الليله|بكره|بكرا|باكر|غدا|الحين|دحين|دلوقتي|هسه|هلق|حالا)\b"
    r"|قبل\s+(?:نهايه|اخر)\s+(?:الدوام|اليوم|الاسبوع|الشهر))"
)
#: First person or passive future of the centre doing something for the caller.
_ACTION = re.compile(
    r"\b(?:(?:راح|رح|بنا|حا|سوف)\s*)?"
    r"(?:(?:ب|ح|ه|س|ا|ن|بن|سن|حن|هن|با|سا|حا|ها)"
    r"(?:رفع|حول|صعد|تابع|تواصل|تصل|كلم|ارسل|رسل|رجع|حجز|فتح|عدل|حدث|لغي|رجعلك|بعت|بعث|كتب|سجل|سوي|شوف|تاكد|راجع|ابلغ|بلغ|ابعت|دق))"
    r"\w*(?:\s+(?:لك|لكم|معك|معاك|عليك|فيك|ليك|الك))?"
)
_OWNER = re.compile(
    r"\b(?:انا\s+(?:بنفسي|متابع\w*|شخصيا|المسوول\w*)|بنفسي|المشرف\w*|المدير\w*|مديري|قسم\s+\w+|القسم\s+\w+|"
    r"الفني\w*|المهندس\w*|المندوب\w*|زميل\w*|الدكتور\w*)"
)
_REFERENCE = re.compile(
    r"(?:رقم\w*\s+(?:ال)?(?:طلب|تذكره|بلاغ|شكوي|معامله|مرجع\w*|متابعه)\s*\w{0,4}|تذكره|تذكرتك|بلاغ|طلب\s+رقم)"
    r"\s*(?:رقم\w*\s*)?(?P<number>\d[\d ]{2,})"
)


@dataclass(frozen=True, slots=True)
class Promise:
    """The parts of a promise, normalized, each ``None`` where the agent said none."""

    action: str
    owner: str | None
    deadline: str | None
    reference: str | None


def find_promise(text: str) -> Promise | None:
    """The promise in an agent's turn, or ``None``: no action, or nothing to hold it to."""
    normalized = normalize(text)
    action = _ACTION.search(normalized)
    if not action:
        return None
    owner = _OWNER.search(normalized)
    deadline = _DEADLINE.search(normalized)
    reference = _REFERENCE.search(normalized)
    if not (owner or deadline or reference):
        return None
    return Promise(
        action=action[0].strip(),
        owner=owner[0] if owner else None,
        deadline=deadline[0].strip() if deadline else None,
        reference=reference["number"].replace(" ", "") if reference else None,
    )

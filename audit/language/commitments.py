"""Promises of the agent: action, owner, deadline and reference number, in the agent's own words.

Whether a turn is a promise at all is the classifier's to say where it can (its ``commitment`` score);
what the promise consists of is read here by patterns over normalized text. Without a classifier a
promise is an action of the centre with a deadline or an owner. ``docs/taxonomy.md`` (rule 2): a number
alone is no commitment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from audit.language.normalization import normalize

_DAY_NAME = r"(?:احد|اثنين|اتنين|ثلاثاء|ثلاثا|تلاتاء|تلات|ثلوث|اربعاء|اربعا|ربوع|خميس|جمعه|سبت)"
_COUNT = (
    r"(?:\d+|نص|نصف|ربع|كم|واحد\w*|ثنتين|ثنين|اثنين|اتنين|تنين|ثلاث\w*|تلات\w*|اربع\w*|خمس\w*|"
    r"ست\w*|سبع\w*|ثمان\w*|تمان\w*|تسع\w*|عشر\w*|اربعين)"
)
_UNIT = (
    r"(?:ساع(?:ه|ات|تين)?|يوم(?:ين)?|ايام|تيام|دقيق(?:ه|تين)|دقايق|دقائق|اسبوع(?:ين)?|اسابيع|"
    r"شهر(?:ين)?|ليله)"
)
_PRAYER = r"(?:صلاه\s+)?(?:ال)?(?:فجر|ضهر|ظهر|عصر|مغرب|عشا|عشاء|ضحي)"
_EDGE = (
    rf"(?:{_PRAYER}|(?:نهايه|اخر)\s+(?:ال)?(?:دوام|يوم|نهار|اسبوع|شهر)|"
    r"(?:ال)?(?:ليل|مساء?|صبح|صباح|دوام)\b)"
)
_WITHIN = r"(?:خلال|في غضون|في خلال|بعد|عقب|ضمن|اقصاها|كمان|بعد كمان)"
_TODAY = r"(?:اليوم|الليله|الليل|النهارده|النهار ده|بكره|بكرا|باكر|باجر|باچر|غدا|الغد)"
_DEADLINE = re.compile(
    r"\b(?:"
    + "|".join(
        (
            rf"(?:قبل|بعد|مع|الي|لين|حتي|لحد|عقب|علي)\s+(?:يوم\s+)?(?:(?:ال)?{_DAY_NAME}|{_EDGE})(?:\s+{_EDGE})?",
            rf"(?:يوم\s+)?ال{_DAY_NAME}\b(?:\s+{_EDGE})?",
            rf"{_WITHIN}\s+(?:ال)?{_COUNT}(?:\s+و\w+)?(?:\s+{_UNIT})?(?:\s+عمل)?",
            rf"(?:خلال|بعد|في|كل)\s+{_UNIT}",
            rf"{_COUNT}\s+{_UNIT}(?:\s+عمل)?\s+(?:بالكثير|كحد اقصي|بحد اقصي)",
            rf"(?:(?:قبل|علي|بين|حدود)\s*)?(?:ال)?ساعه\s+(?:ال)?{_COUNT}(?:\s+ون?[صر]\w*)?",
            rf"(?:قبل|بين)\s+(?:ال)?{_COUNT}",
            rf"{_TODAY}(?:\s+(?:ان شاء الله|{_EDGE}))?",
            r"(?:يوم|بتاريخ)\s+\d+",
            rf"{_EDGE}\b",
        )
    )
    + ")"
)
_VERBS = (
    r"(?:رفع|حول|صعد|تابع|تواصل|تصل|كلم|حاكي|حكي|ارسل|رسل|رجع|حجز|فتح|عدل|حدث|لغي|بعت|بعث|كتب|سجل|سوي|تاكد|راجع|"
    r"ابلغ|بلغ|دق|هاتف|خبر|طلب|صحح|فعل|وقف|حط|شيل|راسل|تحرك|تركب|توصل|وصل|نزل|طلع|خصم|صرف|ضيف|سحب|جهز|جدول|نفذ|ربط|عطي)"
)
#: First person or a coming action for the caller: a future or present prefix, or "I have done it".
_ACTION = re.compile(
    rf"\b(?:(?:راح|رح|حا|سوف|خليني|خلني)\s+)?(?:(?:[بحهسوف]?[انيتم]|[بحهس]|سا|حا|ها|با|بت|بي|حي|هي|حت|هت)?{_VERBS}"
    r"(?:ت|ته|تها|نا|ناه|ناها|وا|ها|هم|ه)?)(?:ل?(?:ك|كم|كي|ج|ش))?\b(?:\s+(?:لك|لكم|معك|معاك|عليك|ليك|الك))?"
)
_OWNER = re.compile(
    r"\b[وف]?(?:انا\s+(?:بنفسي|متابع\w*|شخصيا|المسوول\w*|اللي\s+\w+|معك\w*)|بنفسي|"
    r"(?:ال)?(?:مشرف|مدير|مسوول|مناوب|فني|مهندس|مندوب|زميل|دكتور|استاذ|موظف|مختص|محاسب|سواق|سايق|مفتش|اخصائي)\w*"
    r"(?:\s+اسم\w+)?(?:\s+(?!في|من|علي|قبل|بعد|اليوم|بكره|الحين)\w+)?|(?:ال)?قسم\s+\w+|(?:ال)?فريق\s+\w+|فرقه\s+\w+)"
)
_REFERENCE = re.compile(
    r"(?:رقم\w*\s+(?:ال)?(?:طلب|تذكره|بلاغ|شكوي|معامله|مرجع\w*|متابعه)\s*[^\W\d]{0,4}?|تذكره|تذكرتك|بلاغ|شكوي|طلب|"
    r"برقم|رقمه|رقمها|رقمك|مرجع\w*)"
    r"\s*(?:رقم\w*\s*)?(?P<number>[a-z]{0,4}\d(?: ?\d){2,})"
)
#: The agent's own commitment score from which a turn counts as a promise.
COMMITMENT_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Promise:
    """The parts of a promise, normalized, each ``None`` where the agent said none."""

    action: str | None
    owner: str | None
    deadline: str | None
    reference: str | None


def promise_parts(text: str) -> Promise:
    """What an agent's turn names of a promise, whether or not it is one."""
    normalized = normalize(text)
    reference = _REFERENCE.search(normalized)
    return Promise(
        action=_said(_ACTION.search(normalized)),
        owner=_said(_OWNER.search(normalized)),
        deadline=_said(_DEADLINE.search(normalized)),
        reference=reference["number"].replace(" ", "") if reference else None,
    )


def find_promise(text: str, commitment: float | None = None) -> Promise | None:
    """The promise in an agent's turn, or ``None``.

    ``commitment`` is the classifier's probability of a commitment. Where it is known it decides, if
    the turn names a time, an owner or an action at all; else an action with a time or owner is needed.
    """
    parts = promise_parts(text)
    held = parts.deadline or parts.owner
    if commitment is None:
        return parts if parts.action and held else None
    return parts if commitment >= COMMITMENT_FROM and (held or parts.action) else None


def _said(match: re.Match[str] | None) -> str | None:
    return match[0].strip() if match else None
